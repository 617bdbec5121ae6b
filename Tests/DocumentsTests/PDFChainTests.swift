import Core
import TestSupport
import Testing

@testable import Documents

/// Actions that a PDF starts by itself: when it is opened, or when a page or a field is reached.
struct PDFChainTests {
  /// Returns a PDF with these entries in its catalog and these objects, numbered from 4.
  private func pdf(_ catalog: String, _ objects: String...) -> [UInt8] {
    PDFText(
      ["<</Type/Catalog/Pages 2 0 R\(catalog)>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>"]
        + ["<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>"] + objects
    ).bytes
  }

  private static let view = "/S/GoTo/D[3 0 R/Fit]"
  private static let visit = "<</S/URI/URI(https://example.com)>>"

  @Test(arguments: [
    "<</S/URI/URI(https://example.com)>>", "<</S/GoToR/F(other.pdf)/D[0/Fit]>>", "<</S/GoToE/D[0/Fit]/T<</R/C/N(a)>>>>",
    "<</S/SubmitForm/F(https://example.com)>>", "<</S/ImportData/F(a.fdf)>>", "<</S/Launch/F(cmd.exe)>>",
    "<</S/Rendition/OP 0>>", "<</S/Movie/T(a)>>", "<</S/Sound/Sound 9 0 R>>", "<</S/RichMediaExecute>>",
    "<</S/JavaScript/JS(1)>>", "<</S/Thread/F(other.pdf)/D 0>>", "<</S/Named/N/SaveAs>>", "<</S/Unknown>>",
    "<</S 5 0 R/URI(https://example.com)>>", "5 0 R", "<</S/GoTo/D[3 0 R/Fit]/Next 7 0 R>>",
  ])
  func `an automatic action is followed to the end of its chain, however it is reached`(action: String) {
    let objects = [action, "/URI", "<</S/Hide/T(a)/Next 4 0 R>>", "[6 0 R]"]
    let last = action == "5 0 R" ? Self.visit : objects[1]
    for way in [
      "/OpenAction \(action)", "/OpenAction 4 0 R", "/OpenAction<<\(Self.view)/Next \(action)>>",
      "/OpenAction<<\(Self.view)/Next 4 0 R>>", "/OpenAction<<\(Self.view)/Next[\(action)]>>",
      "/OpenAction<<\(Self.view)/Next[<<\(Self.view)>>4 0 R]>>", "/OpenAction<<\(Self.view)/Next 7 0 R>>",
      "/OpenAction<<\(Self.view)/Next<<\(Self.view)/Next<<\(Self.view)/Next 6 0 R>>>>>>",
      "/AA<</WC \(action)>>", "/AA 8 0 R", "/X[<</AA<</PO<<\(Self.view)/Next 4 0 R>>>>>>]", "/Open#41ction 4 0 R",
      "/X<</AA<</K 6 0 R>>>>",
    ] {
      let bytes = pdf(way, objects[0], last, objects[2], objects[3], "<</WC 4 0 R>>")
      let isLoop = action.contains("7 0 R")
      #expect(verdict(bytes, as: .pdf) == (isLoop ? "accepted" : "active"), "\(way)")
    }
  }

  @Test(arguments: [
    "/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next 4 0 R>>", "/OpenAction 4 0 R", "/AA<</O 4 0 R/C 4 0 R>>",
    "/OpenAction<</S/Named/N/NextPage/Next 4 0 R>>", "/OpenAction[3 0 R/Fit]", "/OpenAction(a place)",
  ])
  func `a cyclic chain of actions ends, and one that only turns pages is harmless`(catalog: String) {
    let bytes = pdf(
      catalog,
      "<<\(Self.view)/Next[4 0 R 5 0 R]>>",
      "<</S/Thread/D 0/Next 4 0 R>>",
      "<</Type/Annot/Subtype/Link/A\(Self.visit)>>"
    )
    #expect(verdict(bytes, as: .pdf) == "accepted")
  }

  @Test func `an action after fifty thousand others is found`() {
    func chain(_ last: String) -> [UInt8] {
      let actions = (0..<50_000).map { "<<\(Self.view)/Next \($0 + 5) 0 R>>" }
      return PDFText(
        ["<</Type/Catalog/Pages 2 0 R/OpenAction 4 0 R>>", "<</Type/Pages/Kids[]/Count 0>>", "null"] + actions + [last]
      ).bytes
    }
    #expect(verdict(chain("<<\(Self.view)>>"), as: .pdf) == "accepted")
    #expect(verdict(chain(Self.visit), as: .pdf) == "active")
  }

  @Test(arguments: [
    ("<</S/JavaScript/JS 5 0 R>>", "(app.alert\\(1\\))", "active"),
    ("<</S/JavaScript/JS 5 0 R>>", "<616263>", "active"),
    ("<</S/JavaScript/JS 5 0 R>>", "<</Length 1>>stream\n1\nendstream", "active"),
    ("<</S/JavaScript/JS 5 0 R>>", "(AFNumber_Format\\(1\\))", "accepted"),
    ("<</S 5 0 R/F(a.exe)>>", "/Launch", "active"),
    ("<</S 5 0 R/F(a.exe)>>", "6 0 R", "active"), ("<</XFA 5 0 R>>", "[(a)(b)]", "active"),
    ("<</3DD<</OnInstantiate 5 0 R>>>>", "<</Length 1>>stream\n1\nendstream", "active"),
    ("<</Subtype 5 0 R>>", "/RichMedia", "active"), ("<</Collection<</Navigator 5 0 R>>>>", "<<>>", "active"),
    ("<</S/Rendition/JS 5 0 R>>", "(1)", "active"), ("<</Next<</S/JavaScript/JS(1)>>>>", "null", "active"),
    ("<</PA<</S/URI/URI(https://example.com)>>>>", "null", "accepted"), ("<</S 5 0 R>>", "/SubmitForm", "passive"),
    ("<</Names<</EmbeddedFiles 5 0 R>>>>", "<</Names[]>>", "passive"),
    ("<</S/JavaScript/JS(AFNumber_Format\\(\"\\)\\);app.alert\\(1\\)//\\)\\))>>", "null", "active"),
    ("<</S/JavaScript/JS(AFNumber_Format\\(1\\)\nAFNumber_Format\\(1\\))>>", "null", "active"),
    ("<</S/JavaScript/JS<FFFE4100460061005F006100280029003B006100280029>>>", "null", "active"),
    ("<</S/JavaScript/JS<FEFF00410046005F>>>", "null", "active"),
    ("<</S/JavaScript/JS<FEFF004100460061005F00610028002220AC00220029>>>", "null", "accepted"),
  ])
  func `an indirect object counts as the object that it refers to`(object: String, other: String, expected: String) {
    #expect(verdict(pdf("", object, other, "/Launch"), as: .pdf) == expected)
  }
}
