import Foundation
import TestSupport

extension Nginx {
  private static let repository = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../nginx")

  /// Starts a separate nginx with the repository's files in front of the processes that `handlers` names.
  ///
  /// The processes' sockets are in `sockets`, or in nginx's folder. `store` is the address for the bytes of downloads.
  /// `prepare` may change the files in the folder `local` first.
  static func site(
    handlers: [String],
    sockets: String? = nil,
    store: String = "http://127.0.0.1:9",
    listen: String = "",
    prepare: (URL) -> Void = { _ in }
  ) throws -> Nginx {
    try Nginx(
      server: { folder in
        for name in ["handlers", "snippets", "http", "local"] {
          let copy = folder.appending(path: name)
          try? FileManager.default.removeItem(at: copy)
          try? FileManager.default.copyItem(at: repository.appending(path: name), to: copy)
        }
        prepare(folder.appending(path: "local"))
        let included = handlers.map { "include handlers/\($0).conf;" }.joined()
        return
          "include snippets/problems.conf; include local/login.conf; \(included) include local/site.conf; location / { return 404; }"
      },
      http: { folder in
        """
        map "" $stowage_sockets { default \(sockets ?? folder.path); }
        map "" $stowage_hsts { default ""; }
        map "" $stowage_store { default "\(store)"; }
        geo $stowage_limit_exempt { default 1; }
        map "" $stowage_session { default ""; }
        map "" $stowage_upload_origin { default "https://bucket.example.com"; }
        map "" $stowage_images_origin { default "https://images.example.com"; }
        map $http_origin $stowage_page_origin { default ""; "https://app.example.com" "https://app.example.com"; }
        proxy_ssl_trusted_certificate /etc/ssl/certs/ca-certificates.crt;
        large_client_header_buffers 2 16k;
        include http/limits.conf;
        include http/download.conf;
        include http/cross-origin.conf;
        """
      },
      main: getuid() == 0 ? "user root;" : "",
      listen: listen
    )
  }
}
