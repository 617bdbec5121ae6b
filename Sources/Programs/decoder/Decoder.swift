//  decoder: the only process that parses bytes from outside.
//
//  decoder [self-test] pixels=… side=… aspect=… frames=… memory=… cpu=… deadline=…
//
//  Started by Decoding with one socketpair on descriptor 3, over which it speaks as Core's DecoderProtocol says, until
//  end-of-file. Loads libmagic, libvips and the readers of documents, gives up everything that decoding does not take, says `ready`, and only then
//  reads. With `self-test` it reports what it can still do, instead. Statuses: 0 end-of-file · 64 bad arguments ·
//  69 a library missing · 71 not confined · 74 the parent is gone · 76 the parent does not keep to the protocol.

import Core
import Documents
import Glibc
import Imaging

@main
enum Decoder {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let isSelfTest = arguments.first == DecoderProtocol.selfTestArgument
    if isSelfTest { arguments.removeFirst() }
    guard let limits = DecoderLimits(arguments: arguments) else { exit(64) }
    signal(SIGPIPE, SIG_IGN)
    guard Confinement.limit(limits) else { exit(71) }
    guard let renderer = Renderer(limits: limits), renderer.warmUp(), Inspector.warmUp() else { exit(69) }
    let descriptors = SelfTest.openDescriptors()
    guard Confinement.lockDown() else { exit(71) }
    let connection = Connection(descriptor: DecoderProtocol.descriptor)
    if isSelfTest {
      connection.send(Array(SelfTest.report(descriptors: descriptors).joined(separator: "\n").utf8))
      exit(0)
    }
    connection.send(DecoderProtocol.ready)
    while true { serve(renderer, connection) }
  }

  private static func serve(_ renderer: Renderer, _ connection: Connection) {
    let message = connection.receive(atMost: DecoderProtocol.maximumMessageBytes)
    guard let request = DecoderRequest(message: message) else { exit(76) }
    let bytes = connection.receive(atMost: request.size)
    guard bytes.count == request.size else { exit(76) }
    guard request.claimed.isImage else {
      return connection.send(Array(Inspector.answer(request, bytes).line.utf8))
    }
    let answer = renderer.answer(request, bytes)
    connection.send(Array(answer.reply.line.utf8))
    for rendering in answer.renderings { connection.send(rendering) }
  }
}
