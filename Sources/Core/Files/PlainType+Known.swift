extension PlainType {
  /// The extensions and names of a well-known plain type.
  struct Entry {
    /// The extensions of such files, the usual one first.
    let extensions: [String]
    /// Other names of the media type.
    let names: [String]
    /// Media types of other files, which some clients send for files with one of these extensions.
    let byExtension: [String]
  }

  /// The well-known plain types by their media types; an extension belongs to one type only.
  ///
  /// Sources: https://www.iana.org/assignments/media-types/media-types.xhtml, and for other names of the types
  /// https://gitlab.freedesktop.org/xdg/shared-mime-info
  static let entries: [String: Entry] = Dictionary(uniqueKeysWithValues: list)

  /// The media types by their other names.
  static let canonical: [String: String] = {
    var names: [String: String] = [:]
    for (type, entry) in list { for name in entry.names { names[name] = type } }
    return names
  }()

  static let byExtension: [String: String] = {
    var types: [String: String] = [:]
    for (type, entry) in list { for ending in entry.extensions { types[ending] = type } }
    return types
  }()

  private static func entry(
    _ type: String,
    _ extensions: String,
    _ names: String = "",
    or byExtension: String = ""
  ) -> (String, Entry) {
    func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }
    return (type, Entry(extensions: words(extensions), names: words(names), byExtension: words(byExtension)))
  }

  private static let list: [(String, Entry)] = texts + archives + films + sounds + pictures

  private static let texts = [
    entry("text/plain", "txt text log", or: "text/markdown text/x-markdown text/x-log text/x-readme"),
    entry(
      "text/csv",
      "csv",
      "text/x-csv application/csv application/x-csv text/comma-separated-values text/x-comma-separated-values",
      or: "application/vnd.ms-excel application/excel application/x-excel application/x-msexcel text/plain"
    ),
    entry(
      "text/tab-separated-values",
      "tsv tab",
      "text/x-tab-separated-values text/tsv",
      or: "application/vnd.ms-excel text/plain"
    ),
    entry("text/markdown", "md markdown", "text/x-markdown", or: "text/plain"),
    entry("text/calendar", "ics", "text/x-vcalendar application/ics", or: "text/plain"),
    entry("text/vcard", "vcf vcard", "text/x-vcard text/directory", or: "text/plain"),
    entry("application/json", "json", "text/json application/x-json", or: "text/plain"),
    entry(
      "application/x-ndjson",
      "ndjson jsonl",
      "application/jsonl application/ndjson",
      or: "application/json text/plain"
    ),
    entry("application/rtf", "rtf", "text/rtf application/x-rtf text/richtext"),
  ]

  private static let archives = [
    entry(
      "application/zip",
      "zip",
      "application/x-zip-compressed application/x-zip application/zip-compressed application/x-compressed-zip"
        + " multipart/x-zip",
      or: "application/x-compressed"
    ),
    entry(
      "application/gzip",
      "gz tgz",
      "application/x-gzip application/x-gunzip application/gzipped application/x-tgz application/x-compressed-tar"
        + " application/x-gtar-compressed",
      or: "application/x-tar application/x-compressed"
    ),
    entry("application/x-tar", "tar", "application/tar application/x-gtar"),
    entry("application/x-7z-compressed", "7z", "application/7z application/x-7z", or: "application/x-compressed"),
    entry(
      "application/vnd.rar",
      "rar",
      "application/x-rar-compressed application/x-rar application/rar",
      or: "application/x-compressed"
    ),
    entry("application/x-bzip2", "bz2", "application/x-bzip application/bzip2 application/x-bz2"),
    entry("application/x-xz", "xz"),
    entry("application/zstd", "zst", "application/x-zstd"),
    entry("application/epub+zip", "epub", or: "application/zip application/x-zip-compressed"),
  ]

  private static let films = [
    entry("video/mp4", "mp4 m4v mp4v", "video/x-m4v video/mp4v-es application/mp4", or: "audio/mp4"),
    entry("video/quicktime", "mov qt", "video/mov video/x-quicktime", or: "video/mp4"),
    entry("video/webm", "webm", or: "audio/webm"),
    entry("video/x-matroska", "mkv", "video/matroska video/mkv application/x-matroska"),
    entry("video/x-msvideo", "avi", "video/avi video/msvideo video/vnd.avi"),
    entry("video/mpeg", "mpg mpeg", "video/x-mpeg video/mpg"),
    entry("video/3gpp", "3gp 3gpp", "video/3gp", or: "audio/3gpp video/mp4"),
    entry("video/3gpp2", "3g2", or: "audio/3gpp2 video/mp4"),
    entry("video/ogg", "ogv", "video/x-ogg", or: "application/ogg"),
    entry("video/x-ms-wmv", "wmv", or: "video/x-ms-asf"),
  ]

  private static let sounds = [
    entry(
      "audio/mpeg",
      "mp3",
      "audio/mp3 audio/x-mp3 audio/x-mpeg audio/mpeg3 audio/x-mpeg3 audio/x-mpeg-3 audio/mpg audio/x-mpg"
        + " audio/x-mpegaudio"
    ),
    entry("audio/mp4", "m4a m4b", "audio/x-m4a audio/m4a audio/x-mp4 audio/mp4a-latm audio/x-m4b", or: "video/mp4"),
    entry("audio/aac", "aac", "audio/x-aac audio/aacp audio/vnd.dlna.adts audio/x-hx-aac-adts"),
    entry("audio/wav", "wav", "audio/x-wav audio/wave audio/vnd.wave audio/x-pn-wav"),
    entry(
      "audio/ogg",
      "ogg oga opus",
      "audio/x-ogg application/ogg audio/opus audio/vorbis audio/x-vorbis+ogg audio/x-opus+ogg",
      or: "video/ogg"
    ),
    entry("audio/flac", "flac", "audio/x-flac"),
    entry("audio/aiff", "aif aiff aifc", "audio/x-aiff"),
    entry("audio/midi", "mid midi", "audio/x-midi audio/mid audio/x-mid"),
    entry("audio/amr", "amr", "audio/amr-nb audio/x-amr"),
    entry("audio/x-ms-wma", "wma", or: "video/x-ms-asf"),
  ]

  private static let pictures = [
    entry("image/tiff", "tif tiff", "image/x-tiff image/tif"),
    entry("image/bmp", "bmp dib", "image/x-ms-bmp image/x-bmp image/x-windows-bmp"),
    entry(
      "image/vnd.adobe.photoshop",
      "psd",
      "image/x-photoshop application/x-photoshop image/photoshop image/psd application/photoshop image/x-psd"
    ),
  ]
}
