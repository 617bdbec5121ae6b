# A certificate for localhost, signed by a certificate authority that belongs to this folder alone.

# The authority's key is deleted after signing: nobody can misuse a browser's trust in it.
make_certificates() {
  local tls=$dir/tls
  if [ -s "$tls/ca.pem" ] && openssl x509 -in "$tls/server.pem" -noout -checkend 604800 > /dev/null 2>&1; then
    return 0
  fi
  say "making a certificate for localhost"
  mkdir -p "$tls"
  local log=$dir/logs/openssl.log
  {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 \
      -subj "/CN=Stowage development" -keyout "$tls/ca.key" -out "$tls/ca.pem" \
      -addext basicConstraints=critical,CA:TRUE,pathlen:0 -addext keyUsage=critical,keyCertSign \
      && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost \
        -keyout "$tls/server.key" -out "$tls/server.csr" \
      && printf '%s\n' 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:::1' \
        'extendedKeyUsage=serverAuth' 'basicConstraints=CA:FALSE' > "$tls/server.ext" \
      && openssl x509 -req -in "$tls/server.csr" -CA "$tls/ca.pem" -CAkey "$tls/ca.key" \
        -days 365 -extfile "$tls/server.ext" -out "$tls/server.pem"
  } > "$log" 2>&1 || { show_tail "$log"; fail "openssl could not make a certificate"; }
  rm -f "$tls/ca.key" "$tls/server.csr" "$tls/server.ext"
}
