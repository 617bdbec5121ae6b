/// SQL statements about the traffic by day.
enum TrafficStatement: String, Statement {
  case add = """
    INSERT INTO traffic_days (day, name, label, value) VALUES ($day, $name, $label, $value)
    ON CONFLICT (day, name, label) DO UPDATE SET value = CASE
      WHEN traffic_days.value < 72057594037927936 - excluded.value THEN traffic_days.value + excluded.value
      ELSE 72057594037927936 END
    """

  case days = """
    SELECT day, name, label, value FROM traffic_days WHERE day >= $first AND day <= $last ORDER BY day, name, label
    """

  case trim = "DELETE FROM traffic_days WHERE day < $first"
}
