import ArgumentParser
import Core
import Database

/// Parses a file identifier, or returns the first one among the components of a key, path or URL.
func fileID(_ text: String) throws -> FileID {
  for component in text.lowercased().split(separator: "/") {
    if let file = FileID(String(component)) { return file }
  }
  throw ValidationError("no file's identifier, such as 0196f1d2-5c1a-7b3e-9d41-2f6a0c8e7b15, stands in it")
}

/// Parses a job kind.
func jobKind(_ text: String) throws -> JobKind { try oneOf(text) }

/// Parses a job state.
func jobState(_ text: String) throws -> JobFilter.State { try oneOf(text) }

/// Parses the name of a choice; throws an error that lists the valid names.
func oneOf<Choice: RawRepresentable<String> & CaseIterable>(_ text: String) throws -> Choice {
  guard let choice = Choice(rawValue: text) else {
    let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
    throw ValidationError("expected one of \(names)")
  }
  return choice
}
