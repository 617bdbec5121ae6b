public import Core
import Foundation

/// Files that tests make at run time with Debian's tools.
public enum Fixtures {
  /// The folder of disguised files; nil if STOWAGE_CORPORA is not set.
  public static var disguised: String? {
    ProcessInfo.processInfo.environment["STOWAGE_CORPORA"].map { $0 + "/disguised" }
  }

  /// The first characters of every piece of planted metadata.
  public static let planted = "PLANTED-"

  /// ImageMagick's operation that reverses each EXIF orientation from 1 to 8.
  private static let undone: [[String]] = [
    [], ["-flop"], ["-rotate", "180"], ["-flip"], ["-transpose"], ["-rotate", "270"], ["-transverse"],
    ["-rotate", "90"],
  ]

  /// Makes a picture with four different corners and returns its name in `folder`.
  ///
  /// It is `width` × `height` when upright, and stored in `orientation`.
  public static func photo(
    in folder: ScratchFolder,
    _ type: FileType,
    orientation: Int = 1,
    width: Int = 300,
    height: Int = 200
  ) throws -> String {
    let name = "photo-\(orientation).\(type.fileExtension)"
    let corners = "0,0 red \(width - 1),0 lime 0,\(height - 1) blue \(width - 1),\(height - 1) yellow"
    try folder.run(
      "convert",
      ["-size", "\(width)x\(height)", "xc:", "-sparse-color", "Bilinear", corners, "-depth", "8"]
        + undone[orientation - 1] + ["-strip", "-quality", "92", name]
    )
    return name
  }

  /// Adds GPS, EXIF, XMP, IPTC and a comment to the file `name`, as far as its format supports them.
  public static func plant(in folder: ScratchFolder, _ name: String, orientation: Int = 1) throws {
    try folder.run(
      "exiftool",
      [
        "-q", "-m", "-overwrite_original", "-Orientation#=\(orientation)", "-GPSLatitude=52.5", "-GPSLatitudeRef=N",
        "-GPSLongitude=13.4", "-GPSLongitudeRef=E", "-EXIF:Artist=\(planted)exif", "-EXIF:Make=\(planted)make",
        "-XMP:Creator=\(planted)xmp", "-IPTC:Keywords=\(planted)iptc", "-Comment=\(planted)comment", name,
      ]
    )
  }

  /// Returns the groups of metadata that exiftool finds in the files `names`.
  public static func groups(in folder: ScratchFolder, _ names: [String]) throws -> Set<String> {
    let lines = try folder.run("exiftool", ["-G0:1", "-q", "-a", "-s", "-U"] + names)
    return Set(
      String(decoding: lines, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("[") }.compactMap {
        $0.split(separator: "]").first.map { String($0.dropFirst()) }
      }
    )
  }

  /// Returns the pixels of the first frame of file `name`, as 8-bit RGB.
  public static func pixels(in folder: ScratchFolder, _ name: String) throws -> [UInt8] {
    try folder.run("convert", [name + "[0]", "-depth", "8", "rgb:-"])
  }

  /// Returns the mean colours of the first frames of the files, one after the other, as 8-bit RGB.
  public static func colours(in folder: ScratchFolder, _ names: [String]) throws -> [UInt8] {
    try folder.run("convert", names.map { $0 + "[0]" } + ["-scale", "1x1!", "-depth", "8", "rgb:-"])
  }

  /// Returns the mean difference between two pictures' channels, 0 to 255; 255 if their sizes differ.
  public static func difference(_ one: [UInt8], _ other: [UInt8]) -> Double {
    guard one.count == other.count, !one.isEmpty else { return 255 }
    let sum = zip(one, other).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
    return Double(sum) / Double(one.count)
  }
}

extension [UInt8] {
  /// Returns true if the bytes contain the UTF-8 bytes of `text`.
  public func contains(text: String) -> Bool { Data(self).range(of: Data(text.utf8)) != nil }
}
