"""Shows image files in Chromium, and measures how far their renderings differ from them.

Each line of standard input is a question: {"file": path, "renderings": {name: path}}. Each line of standard output is its
answer: {"width", "height", "colours", "differences": {name: number}}, or {"width": 0} if Chromium does not show the file.

`colours` has the mean colours of 3 × 3 equal cells, row by row, as [red, green, blue, alpha] in sRGB. A difference is the
greatest one of any channel, weighted by alpha. The rendering `original` is compared pixel by pixel, and must have the same
size. Other renderings are compared by the means of the cells of a grid, because lossy codecs keep means, not pixels. Cells near
edges are left out. If most cells are left out, the means of the whole pictures are compared too. A rendering with another
shape shows the middle of the file.
"""

import base64
import json
import pathlib
import sys

from PIL import Image, ImageChops

sys.path.append(str(pathlib.Path(__file__).parents[2] / "IntegrationTests/browser"))
from chromium import chromium  # noqa: E402

CELLS = 12
# Lossy codecs mix colours over a few pixels of a rendering. A cell without greater contrast is not near an edge.
EDGE = 8
CONTRAST = 12
# A picture with more pixels is drawn smaller.
MOST_PIXELS = 4_000_000
DRAW = """
const [bytes, most, done] = arguments;
const image = new Image();
image.src = 'data:image/*;base64,' + bytes;
image.decode().then(() => {
  const {naturalWidth: width, naturalHeight: height} = image;
  const scale = Math.min(1, Math.sqrt(most / (width * height)));
  const canvas = new OffscreenCanvas(Math.max(1, Math.floor(width * scale)), Math.max(1, Math.floor(height * scale)));
  const context = canvas.getContext('2d', {colorSpace: 'srgb', willReadFrequently: true});
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
  const reader = new FileReader();
  reader.onload = () => done([width, height, canvas.width, canvas.height, reader.result.split(',')[1]]);
  reader.readAsDataURL(new Blob([data]));
}).catch(() => done(null));
"""


def drawn(driver, path):
    """Returns the width and height of a file, and its pixels with their colours weighted by alpha; None if Chromium fails."""
    encoded = base64.b64encode(pathlib.Path(path).read_bytes()).decode()
    answer = driver.execute_async_script(DRAW, encoded, MOST_PIXELS)
    if answer is None:
        return None
    width, height, across, down, pixels = answer
    return width, height, Image.frombytes("RGBA", (across, down), base64.b64decode(pixels)).convert("RGBa")


def means(image, across, down, box=None):
    return image.resize((across, down), Image.Resampling.BOX, box)


def greatest(one, other):
    return max(high for _, high in ImageChops.difference(one.convert("RGBa"), other.convert("RGBa")).getextrema())


def is_plain(picture, box, margin):
    """Returns True if a part of the picture has no contrast, with a margin."""
    left, top, right, bottom = box
    wide = (max(0, int(left - margin)), max(0, int(top - margin)), int(right + margin) + 1, int(bottom + margin) + 1)
    part = picture.crop((*wide[:2], min(picture.width, wide[2]), min(picture.height, wide[3])))
    return all(high - low <= CONTRAST for low, high in part.getextrema())


def difference(name, shown, other):
    """Returns how far `other`, a rendering, differs from the file; 255 if Chromium does not show it."""
    if other is None:
        return 255
    width, height, picture = shown
    across, down, rendering = other
    if name == "original":
        return greatest(picture, rendering) if (width, height) == (across, down) else 255
    scale = max(across / width, down / height)
    stretch = picture.width / width / scale, picture.height / height / scale
    wide, high = min(across * stretch[0], picture.width), min(down * stretch[1], picture.height)
    # A rendering begins at a whole pixel of the scaled picture.
    left = min(int((width * scale - across) / 2 + 0.01) * stretch[0], picture.width - wide)
    top = min(int((height * scale - down) / 2 + 0.01) * stretch[1], picture.height - high)
    columns, rows = min(CELLS, across, int(wide)) or 1, min(CELLS, down, int(high)) or 1
    step = wide / columns, high / rows
    box = (left, top, left + wide, top + high)
    found = ImageChops.difference(means(picture, columns, rows, box), means(rendering, columns, rows))
    differences = []
    for row in range(rows):
        for column in range(columns):
            start = left + column * step[0], top + row * step[1]
            cell = (*start, start[0] + step[0], start[1] + step[1])
            if is_plain(picture, cell, EDGE * wide / across):
                differences.append(max(found.getpixel((column, row))))
    if len(differences) < columns * rows / 4:
        differences.append(greatest(means(picture, 1, 1, box), means(rendering, 1, 1)))
    return max(differences)


def answer(driver, question):
    shown = drawn(driver, question["file"])
    if shown is None:
        return {"width": 0, "height": 0, "colours": [], "differences": {}}
    width, height, picture = shown
    cells = means(picture, 3, 3).convert("RGBA")
    colours = [list(cells.getpixel((column, row))) for row in range(3) for column in range(3)]
    found = {name: difference(name, shown, drawn(driver, path)) for name, path in question["renderings"].items()}
    return {"width": width, "height": height, "colours": colours, "differences": found}


with chromium(width=400, height=300) as browser:
    browser.get("about:blank")
    browser.set_script_timeout(120)
    for line in sys.stdin:
        print(json.dumps(answer(browser, json.loads(line))), flush=True)
