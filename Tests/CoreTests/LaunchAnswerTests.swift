import Core
import Testing

@Suite struct LaunchAnswerTests {
  private func answer(_ arguments: String...) -> LaunchAnswer? {
    LaunchAnswer(to: arguments, of: "presign", help: "presign: uploads", accepting: ["--staged"])
  }

  @Test func `a program starts without arguments, and with a known one`() {
    #expect(answer() == nil)
    #expect(answer("--staged") == nil)
  }

  @Test func `help and version are answered, with status 0`() {
    for help in [answer("--help"), answer("-h"), answer("--help", "--staged")] {
      #expect(help?.text == "presign: uploads" && help?.status == 0)
    }
    #expect(answer("--version")?.text == "presign \(Version.current)" && answer("--version")?.status == 0)
  }

  @Test(arguments: [["--nonsense"], ["--staged", "--nonsense"], ["--nonsense", "--staged"]])
  func `an unknown argument is reported with status 64 and a hint to the help`(arguments: [String]) {
    let answer = LaunchAnswer(to: arguments, of: "presign", help: "presign: uploads", accepting: ["--staged"])
    #expect(answer?.status == 64)
    #expect(answer?.text == "presign: unexpected argument '--nonsense'\nRun `presign --help` for help.")
  }

  @Test func `an argument cannot control the terminal`() {
    #expect(answer("\u{1B}[31mx")?.text.contains("\u{1B}") == false)
  }

  @Test func `a repeated argument is refused`() {
    #expect(answer("--staged", "--staged")?.status == 64)
  }
}
