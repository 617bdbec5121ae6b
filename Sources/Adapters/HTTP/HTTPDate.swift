internal import CCurl
internal import FoundationEssentials

/// Returns the date of an HTTP header field, or nil if `text` is not a date.
func httpDate(_ text: String) -> Date? {
  let seconds = curl_getdate(text, nil)
  return seconds == -1 ? nil : Date(timeIntervalSince1970: Double(seconds))
}
