/// SQL statements about the traffic by day.
enum TrafficStatement: String, Statement {
  case add = """
    INSERT INTO traffic_days (day, name, label, value) VALUES ($day, $name, $label, $value)
    ON CONFLICT (day, name, label) DO UPDATE SET value = traffic_days.value + excluded.value
    """

  case days = """
    SELECT day, name, label, value FROM traffic_days WHERE day >= $first AND day <= $last ORDER BY day, name, label
    """

  case trim = "DELETE FROM traffic_days WHERE day < $first"
}
