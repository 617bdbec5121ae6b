import Foundation
import Testing

@testable import Signing

/// Keys of RFC 8410 (section 10), and others made with `openssl genpkey`.
@Suite struct Ed25519Tests {
  private static let secret = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
    -----END PRIVATE KEY-----
    """
  private static let known = """
    -----BEGIN PUBLIC KEY-----
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
    -----END PUBLIC KEY-----
    """
  private static let curve = """
    -----BEGIN PUBLIC KEY-----
    MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEocCi53nfweLpGbYnRzIFnJJ6EQmQ
    G0DYOclKfRicTKJog3GJiVLmfYSz8HdT6lk3WJEVtOgz9UoLGywGkiomKw==
    -----END PUBLIC KEY-----
    """

  @Test func `the key of RFC 8410 signs, and its public key verifies`() throws {
    let key = try Ed25519Key(privatePEM: Array(Self.secret.utf8))
    let message = Array("a report".utf8)
    let signature = try key.signature(of: message)
    let other = try Ed25519Key(publicPEM: Array(Self.known.utf8))
    #expect(signature.count == 64 && other.verifies(signature, of: message))
    #expect(String(decoding: key.publicPEM, as: UTF8.self) == Self.known + "\n")
  }

  @Test func `one changed bit of message or signature is noticed`() throws {
    let key = try Ed25519Key(privatePEM: Array(Self.secret.utf8))
    let message = Array("a report".utf8)
    let signature = try key.signature(of: message)
    for index in message.indices {
      var changed = message
      changed[index] ^= 1
      #expect(!key.verifies(signature, of: changed))
    }
    for index in signature.indices {
      var changed = signature
      changed[index] ^= 1
      #expect(!key.verifies(changed, of: message))
    }
    #expect(!key.verifies([], of: message) && !key.verifies(signature + [0], of: message))
  }

  @Test func `keys of other kinds, and texts without a key, are refused`() throws {
    #expect(throws: Ed25519Error.otherKind("EC")) { try Ed25519Key(publicPEM: Array(Self.curve.utf8)) }
    #expect(throws: Ed25519Error.unreadable(expected: "private key")) {
      try Ed25519Key(privatePEM: Array(Self.known.utf8))
    }
    for text in ["", "no key", String(Self.known.dropLast(40))] {
      #expect(throws: Ed25519Error.unreadable(expected: "public key")) { try Ed25519Key(publicPEM: Array(text.utf8)) }
    }
    let known = try Ed25519Key(publicPEM: Array(Self.known.utf8))
    #expect(throws: Ed25519Error.failed) { try known.signature(of: [1]) }
  }
}
