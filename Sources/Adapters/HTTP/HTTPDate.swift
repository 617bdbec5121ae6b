internal import CCurl
internal import FoundationEssentials

/// A date of an HTTP header field; nil where `text` is none.
func httpDate(_ text: String) -> Date? {
  let seconds = curl_getdate(text, nil)
  return seconds == -1 ? nil : Date(timeIntervalSince1970: Double(seconds))
}
