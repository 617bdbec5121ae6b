#pragma once

// Swift cannot call the variadic functions curl_easy_setopt and curl_easy_getinfo: one inline function for each type of
// value.

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

static inline CURLcode ccurl_set_long(CURL *handle, CURLoption option, long value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_offset(CURL *handle, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_string(CURL *handle, CURLoption option, const char *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_list(CURL *handle, CURLoption option, struct curl_slist *value) {
  return curl_easy_setopt(handle, option, value);
}

static inline CURLcode ccurl_set_buffer(CURL *handle, CURLoption option, char *value) {
  return curl_easy_setopt(handle, option, value);
}

// The type of write, header and read callbacks.
typedef size_t (*ccurl_data_callback)(char *buffer, size_t size, size_t count, void *context);

static inline CURLcode ccurl_set_data_callback(
    CURL *handle, CURLoption function, ccurl_data_callback callback, CURLoption data, void *context) {
  CURLcode code = curl_easy_setopt(handle, function, callback);
  return code == CURLE_OK ? curl_easy_setopt(handle, data, context) : code;
}

static inline CURLcode ccurl_set_seek_callback(
    CURL *handle, int (*callback)(void *context, curl_off_t offset, int origin), void *context) {
  CURLcode code = curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, callback);
  return code == CURLE_OK ? curl_easy_setopt(handle, CURLOPT_SEEKDATA, context) : code;
}

static inline CURLcode ccurl_get_long(CURL *handle, CURLINFO info, long *value) {
  return curl_easy_getinfo(handle, info, value);
}

static inline CURLcode ccurl_get_certificates(CURL *handle, struct curl_certinfo **value) {
  return curl_easy_getinfo(handle, CURLINFO_CERTINFO, value);
}
