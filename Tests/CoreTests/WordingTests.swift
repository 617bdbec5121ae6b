import Core
import Testing

@Suite struct WordingTests {
  @Test(arguments: [
    (-5.0, "0 s"), (0.4, "0 s"), (0.6, "1 s"), (119.4, "119 s"), (119.6, "2 min"), (7199, "119 min"), (7200, "2 h"),
    (172_799, "47 h"), (172_800, "2 d"), (.infinity, "11574074 d"),
  ]) func `a duration is shown in one unit`(seconds: Double, words: String) {
    #expect(Wording.duration(seconds) == words)
  }

  @Test(
    arguments: [
      (0, "0 bytes"), (1, "1 byte"), (1023, "1023 bytes"), (1024, "1 kB"), (2900, "2.8 kB"), (10_240, "10 kB"),
      (1_048_575, "1 MB"), (1_048_576, "1 MB"), (3_565_158, "3.4 MB"), (52_428_800, "50 MB"), (Int64(5) << 40, "5 TB"),
      (Int64.max, "8388608 TB"),
    ] as [(Int64, String)]
  ) func `sizes are shown in powers of 1,024`(count: Int64, words: String) {
    #expect(Wording.bytes(count) == words)
  }

  @Test(
    arguments: [
      ("0", 0), ("1048576", 1 << 20), ("1 byte", 1), ("500 bytes", 500), ("7B", 7), ("500 MB", 500 << 20),
      ("5gb", 5 << 30), ("5GiB", 5 << 30), ("3 kib", 3 << 10), ("4 KB", 4 << 10), ("1.5 MiB", 3 << 19),
      ("2TiB", 2 << 40), ("1.5 GB", 3 << 29), ("0.001 kB", 1), ("2.25TB", 9 << 38), ("8388607 TB", 8_388_607 << 40),
    ] as [(String, Int64)]
  ) func `sizes are parsed in the form they are shown`(text: String, count: Int64) {
    #expect(Wording.byteCount(text) == count)
  }

  @Test(arguments: [
    "", " ", "GB", "-1", "+1", "1,5 GB", "1.5", "1.5 bytes", ".5 GB", "5. GB", "1.2345 GB", "5  GB", " 5 GB", "5 GB ",
    "5 Gi", "5 BiG", "5 iB",
    "5 PB", "0x10", "1e9", "٥ GB", "5 GB\n", "9223372036854775808", "8388608 TB", "999999999999999999 TB", "five",
  ]) func `an invalid size is not parsed`(text: String) {
    #expect(Wording.byteCount(text) == nil)
  }

  @Test func `untrusted text cannot control a terminal, and stays on one line`() {
    #expect(Wording.printable("\u{1B}[2J\u{7}a\r\nb\u{9B}1m") == "\\u{1b}[2J\\u{7}a  b\\u{9b}1m")
    #expect(Wording.printable("gpj\u{202E}.exe") == "gpj\\u{202e}.exe")
    #expect(Wording.printable("Ünïcode 👩‍👧 photo.jpg") == "Ünïcode 👩‍👧 photo.jpg")
  }

  @Test func `a single thing is shown without a plural s`() {
    #expect(Wording.number(1, "job") == "1 job" && Wording.number(0, "job") == "0 jobs")
    #expect(Wording.number(2, "body", plural: "bodies") == "2 bodies")
    #expect(Wording.number(1234, "job") == "1,234 jobs")
  }
}
