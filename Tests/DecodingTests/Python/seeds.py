"""Writes small valid files into the current folder, to be damaged by tests: {kind}-{name}.{extension}.

Every run writes the same bytes. The pictures are smooth, so that lossy codecs keep the means of their cells. Many carry metadata,
so that damage often spares the pixels.
"""

import io
import pathlib
import re
import shutil
import struct
import subprocess
import zipfile

import docx
import openpyxl
import pptx
import pypdf
import reportlab.rl_config
import xlwt
from odf import opendocument, text
from PIL import Image, ImageCms, PngImagePlugin
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

SIZE = 40, 28
STAMP = (2026, 1, 2, 3, 4, 6)


def picture(mode="RGB", turn=0):
    shades = Image.linear_gradient("L").rotate(90 * turn)
    others = Image.radial_gradient("L")
    bands = shades, others, shades.transpose(Image.Transpose.ROTATE_90)
    # Lossy codecs shift saturated colours, so every band keeps between 64 and 191.
    image = Image.merge("RGB", [band.resize(SIZE).point(lambda value: 64 + value // 2) for band in bands])
    if mode in ("RGBA", "LA"):
        image.putalpha(others.resize(SIZE).point(lambda value: 255 - value // 2))
    if mode == "P":
        return image.quantize(12, dither=0)
    return image.convert(mode)


PROFILE = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
# The date of the profile, and its identifier, which depends on the date.
PROFILE[24:36] = struct.pack(">6H", *STAMP)
PROFILE[84:100] = bytes(16)
PROFILE = bytes(PROFILE)
EXIF = Image.Exif()
EXIF[0x010F] = "maker"
EXIF[0x0132] = "2026:01:02 03:04:06"
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF/></x:xmpmeta>'
ANIMATION = {"save_all": True, "append_images": [picture(turn=1), picture(turn=2)], "duration": 200, "loop": 0}


def jpegs():
    plain = {"quality": 88}
    picture().save("jpeg-plain.jpg", **plain)
    picture().save("jpeg-told.jpg", **plain, exif=EXIF, icc_profile=PROFILE, comment=b"a comment", xmp=XMP)
    picture().save("jpeg-restarts.jpg", **plain, subsampling=0, restart_marker_blocks=2, exif=EXIF)
    picture("L").save("jpeg-grey.jpg", **plain, comment=b"a comment")
    picture("CMYK").save("jpeg-cmyk.jpg", **plain)
    picture().save("progressive-plain.jpg", **plain, progressive=True)
    picture().save("progressive-told.jpg", **plain, progressive=True, exif=EXIF, icc_profile=PROFILE, comment=b"a comment")
    picture("L").save("progressive-grey.jpg", **plain, progressive=True, subsampling=0)


def pngs():
    told = PngImagePlugin.PngInfo()
    told.add_text("Title", "a title")
    told.add_itxt("Comment", "a comment", zip=True)
    picture().save("png-plain.png")
    picture().save("png-told.png", pnginfo=told, exif=EXIF, icc_profile=PROFILE, dpi=(72, 72))
    picture("RGBA").save("png-clear.png", pnginfo=told)
    picture("P").save("png-palette.png", transparency=bytes([255, 200, 255, 90]), pnginfo=told)
    picture("1").save("png-bits.png")
    picture("LA").save("png-grey.png")
    deep = b"".join(bytes([value, value]) for value in picture("L").tobytes())
    Image.frombytes("I;16", SIZE, deep).save("png-deep.png")
    picture().save("png-frames.png", **ANIMATION)


def gifs():
    picture("P").save("gif-plain.gif")
    picture("P").save("gif-told.gif", comment=b"a comment", interlace=1)
    picture("P").save("gif-clear.gif", transparency=3, interlace=0)
    picture().save("gif-frames.gif", **ANIMATION, comment=b"a comment", disposal=2)


def webps():
    told = {"exif": EXIF.tobytes(), "icc_profile": PROFILE, "xmp": XMP}
    picture().save("webp-lossy.webp", quality=80)
    picture().save("webp-lossless.webp", lossless=True)
    picture("RGBA").save("webp-clear.webp", quality=80)
    picture().save("webp-told.webp", quality=80, **told)
    picture("RGBA").save("webp-told-clear.webp", lossless=True, **told)
    picture().save("webp-frames.webp", **ANIMATION, quality=95)


def others():
    picture().save("avif-plain.avif", quality=80)
    picture("RGBA").save("avif-clear.avif", quality=80, exif=EXIF)
    if encoder := shutil.which("heif-enc"):
        for name, mode in (("plain", "RGB"), ("clear", "RGBA")):
            picture(mode).save("source.png")
            subprocess.run([encoder, "-q", "80", "source.png", "-o", f"heic-{name}.heic"], check=False, capture_output=True)
        pathlib.Path("source.png").unlink()


def unpacked(name, save):
    """Writes the parts of an archive without compression and without dates, so that tests can damage them."""
    written = io.BytesIO()
    save(written)
    with zipfile.ZipFile(written) as old, zipfile.ZipFile(name, "w") as new:
        for entry in old.infolist():
            # Pictures, styles and layouts would make up nearly all of the file.
            content = re.sub(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d", b"2026-01-02T03:04:06", old.read(entry))
            if len(content) < 10_000 and not entry.filename.endswith((".jpeg", ".png")) and "slideLayout" not in entry.filename:
                new.writestr(zipfile.ZipInfo(entry.filename, STAMP), content)


def deflated(name, source):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            method = zipfile.ZIP_STORED if entry.filename == "mimetype" else zipfile.ZIP_DEFLATED
            new.writestr(zipfile.ZipInfo(entry.filename, STAMP), old.read(entry), method)


def offices():
    document = docx.Document()
    document.add_paragraph("Some text")
    book = openpyxl.Workbook()
    book.active.append([1, 2, "=A1*2"])
    slides = pptx.Presentation()
    for kind, save in (("docx", document.save), ("xlsx", book.save), ("pptx", slides.save)):
        unpacked(f"{kind}-stored.{kind}", save)
    makers = {"odt": opendocument.OpenDocumentText, "ods": opendocument.OpenDocumentSpreadsheet,
              "odp": opendocument.OpenDocumentPresentation}
    for kind, make in makers.items():
        document = make()
        if kind == "odt":
            document.text.addElement(text.P(text="Some text"))
        unpacked(f"{kind}-stored.{kind}", document.write)
    for kind in ("docx", "xlsx", "odt", "ods", "odp"):
        deflated(f"{kind}-deflated.{kind}", f"{kind}-stored.{kind}")
    book = xlwt.Workbook()
    book.add_sheet("A").write(0, 0, "Some text")
    book.save("xls-book.xls")


def pdfs():
    reportlab.rl_config.invariant = 1
    page = canvas.Canvas("pdf-page.pdf", pageCompression=0)
    page.drawString(72, 720, "Some text")
    page.linkURL("https://example.com/", (72, 700, 200, 712))
    page.showPage()
    page.bookmarkPage("end")
    page.addOutlineEntry("The end", "end")
    page.drawImage(ImageReader(picture()), 72, 600)
    page.save()
    writer = pypdf.PdfWriter(clone_from="pdf-page.pdf")
    writer.compress_identical_objects()
    for leaf in writer.pages:
        leaf.compress_content_streams()
    writer.add_metadata({"/Title": "A title"})
    writer.write("pdf-packed.pdf")


for write in (jpegs, pngs, gifs, webps, others, offices, pdfs):
    write()
