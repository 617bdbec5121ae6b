/// The version of Stowage.
public enum Version {
  /// The version of this source tree, such as `0.2.0`; a test keeps it equal to the file VERSION.
  public static let current = "0.2.0"
}
