/// A PDF made from the text of its objects; the first object is the catalog.
struct PDFText {
  var head = "%PDF-1.7\n"
  /// The text between an object's number and its content.
  var opening = " 0 obj\n"
  var objects: [String]
  /// Objects that are in the file but not in the cross-reference table.
  var unlisted = ""
  var trailer = "/Root 1 0 R"

  init(_ objects: [String]) { self.objects = objects }

  /// The file with a cross-reference table.
  var bytes: [UInt8] {
    var text = head
    var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for (index, object) in objects.enumerated() {
      let offset = String(text.utf8.count)
      table += String(repeating: "0", count: 10 - offset.count) + offset + " 00000 n \n"
      text += "\(index + 1)\(opening)\(object)\nendobj\n"
    }
    text += unlisted
    let start = text.utf8.count
    text += table + "trailer<</Size \(objects.count + 1)\(trailer)>>\nstartxref\n\(start)\n%%EOF\n"
    return Array(text.utf8)
  }

  /// The file without a cross-reference table, so that readers must search for the objects.
  var withoutTable: [UInt8] {
    let body = objects.enumerated().map { "\($0 + 1)\(opening)\($1)\nendobj\n" }.joined()
    return Array("\(head)\(body)\(unlisted)trailer<<\(trailer)/Size \(objects.count + 1)>>\n%%EOF\n".utf8)
  }
}
