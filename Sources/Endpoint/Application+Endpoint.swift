public import Access
public import Assembly
public import Core
public import FastCGI
public import Foundation

extension Application {
  /// Tells who requests speak for.
  public func authenticator() throws(StorageError) -> Authenticator {
    Authenticator(verifier: try tokenVerifier(), database: try database, defaults: settings.accounts)
  }
}

extension Authenticator {
  /// Who `request` speaks for; throws `unauthenticated` where nobody is told, or not believably.
  public func identify(_ request: Request, at now: Date = .now) throws(StorageError) -> Identity {
    try identify(request.header("Authorization"), at: now)
  }
}
