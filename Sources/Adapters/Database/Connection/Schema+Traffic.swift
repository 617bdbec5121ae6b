extension Schema {
  /// Version 16: the numbers of the traffic of each day, summed over all processes and nodes.
  ///
  /// `day` counts days since 1970 (UTC). `name` is a `TrafficName`, and `label` a part of it.
  static let traffic = [
    """
    CREATE TABLE traffic_days (
      day BIGINT NOT NULL,
      name TEXT NOT NULL,
      label TEXT NOT NULL,
      value BIGINT NOT NULL CHECK (value >= 0),
      PRIMARY KEY (day, name, label)
    )
    """
  ]
}
