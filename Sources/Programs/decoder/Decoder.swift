//  decoder: the only process that parses untrusted file contents.
//
//  decoder [self-test] pixels=… jpeg=… side=… aspect=… frames=… memory=… cpu=… deadline=…
//
//  Started by the module Decoding with one end of a socket pair as descriptor 3. The process loads libmagic, libvips and the
//  document parsers, confines itself, sends `ready`, and then forks a child for each socket that it gets. A child enters its
//  sandbox, sends `ready` on its socket, which is its descriptor 3, serves one request of Core's DecoderProtocol, and ends.
//  With `self-test` a child reports instead which operations the sandbox allows. Exit statuses: 0 done · 64 bad arguments ·
//  69 a library is missing, or started a thread · 71 the sandbox failed · 74 the parent is gone · 76 the parent violated the
//  protocol.

import Core
import Documents
import Glibc
import Imaging
import Isolation

@main
enum Decoder {
  private static let help = """
    decoder: checks and renders the files of strangers in a sandbox.

    `worker` and `image` start it, as STOWAGE_DECODER names it, and speak with it over descriptor 3. `stowage doctor` shows
    whether its sandbox holds.

    Usage: decoder [self-test] pixels=N jpeg=N side=N aspect=N frames=N memory=N cpu=N deadline=N

      --version  prints the version
      --help     prints this help
    """

  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let isSelfTest = arguments.first == DecoderProtocol.selfTestArgument
    if isSelfTest { arguments.removeFirst() }
    guard let limits = DecoderLimits(arguments: arguments) else { answer(arguments) }
    signal(SIGPIPE, SIG_IGN)
    guard Confinement.limit(limits) else { exit(71) }
    guard let renderer = Renderer(limits: limits), renderer.warmUp(), Inspector.warmUp(), ForkServer.threads == 1 else {
      exit(69)
    }
    guard Confinement.confineForkServer() else { exit(71) }
    let connection = Connection(descriptor: DecoderProtocol.descriptor)
    connection.send(DecoderProtocol.ready)

    ForkServer.serve()
    let descriptors = isSelfTest ? SelfTest.openDescriptors() : []
    guard Confinement.limitTime(limits), Confinement.lockDown() else { _exit(71) }
    if isSelfTest {
      connection.send(Array(SelfTest.report(descriptors: descriptors).joined(separator: "\n").utf8))
    } else {
      connection.send(DecoderProtocol.ready)
      serve(renderer, connection)
    }
    _exit(0)
  }

  /// Answers arguments that are not the limits of a decoder: with the help, the version or a complaint.
  private static func answer(_ arguments: [String]) -> Never {
    let isOption = arguments.first?.hasPrefix("-") == true
    let answer = isOption ? LaunchAnswer(to: arguments, of: "decoder", help: help) : nil
    let complaint =
      "decoder: expected each of the eight limits once, such as pixels=1000000\nRun `decoder --help` for help."
    let (text, status) = (answer?.text ?? complaint, answer?.status ?? 64)
    for line in [text, "\n"] { Glibc.write(status == 0 ? STDOUT_FILENO : STDERR_FILENO, line, line.utf8.count) }
    exit(status)
  }

  private static func serve(_ renderer: Renderer, _ connection: Connection) {
    let message = connection.receive(atMost: DecoderProtocol.maximumMessageBytes)
    guard let request = DecoderRequest(message: message) else { exit(76) }
    let bytes = connection.receive(atMost: request.size)
    guard bytes.count == request.size else { exit(76) }
    guard request.claimed.kind == .image else {
      let opinion = request.claimed.kind == .plain ? renderer.opinion(onPlainFile: bytes) : nil
      return connection.send(Array(Inspector.answer(request, bytes, opinion: opinion).line.utf8))
    }
    let answer = renderer.answer(request, bytes)
    connection.send(Array(answer.reply.line.utf8))
    for rendering in answer.renderings { connection.send(rendering) }
  }
}
