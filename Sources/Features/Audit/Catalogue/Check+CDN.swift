/// Mappings: https://docs.aws.amazon.com/securityhub/latest/userguide/cloudfront-controls.html
extension Check {
  static let cdnExists = Check(
    "cdn.exists",
    .medium,
    "The distribution of the settings exists and is enabled.",
    why: "Invalidations of removed images go to the distribution of the settings; another one keeps them.",
    mend: "Correct STOWAGE_CLOUDFRONT_DISTRIBUTION, or set it to none."
  )
  static let cdnViewerHTTPS = Check(
    "cdn.viewer-https",
    .high,
    "Every behaviour of the distribution redirects plain http, or refuses it.",
    why: "Cookies and images in a plain request can be read on the way.",
    mend: "ViewerProtocolPolicy: redirect-to-https, in each behaviour.",
    mappings: ["CloudFront.3", "ASVS-5.0:12.2.1"]
  )
  static let cdnTLS = Check(
    "cdn.tls-version",
    .high,
    "The distribution speaks TLS 1.2 or 1.3 only, with a certificate for the site.",
    why: "Older versions can be broken; the default certificate of CloudFront admits them.",
    mend: "MinimumProtocolVersion: TLSv1.2_2021 or later, with a certificate of ACM.",
    mappings: ["CloudFront.15", "CloudFront.7", "ASVS-5.0:12.1.1"]
  )
  static let cdnOriginAccess = Check(
    "cdn.origin-access",
    .high,
    "The distribution reads buckets with Origin Access Control.",
    why: "Without it, the bucket must be public, and the distribution can be gone round.",
    mend: "OriginAccessControlId in each origin that is a bucket, and a bucket policy for this distribution alone.",
    mappings: ["CloudFront.13"]
  )
  static let cdnOriginHTTPS = Check(
    "cdn.origin-https",
    .high,
    "The distribution speaks https with nginx, with TLS 1.2.",
    why: "Cookies and images can be read between the edge and nginx.",
    mend: "OriginProtocolPolicy: https-only, and OriginSslProtocols: TLSv1.2.",
    mappings: ["CloudFront.9", "CloudFront.10", "ASVS-5.0:12.3.1"]
  )
  static let cdnGuarded = Check(
    "cdn.guarded",
    .critical,
    "The distribution asks for signed cookies under /private/* and /premium/*, by a trusted key group.",
    why: "The edge would give everybody what one owner has seen.",
    mend: "A behaviour for each of the two paths, with TrustedKeyGroups.",
    mappings: ["CloudFront.17", "ASVS-5.0:8.3.1"]
  )
  static let cdnErrors = Check(
    "cdn.error-caching",
    .medium,
    "The distribution keeps answers 403 and 404 for 0 seconds.",
    why: "An image that becomes visible would stay away for the time of the cached error.",
    mend: "CustomErrorResponses: ErrorCachingMinTTL 0 for 403 and 404."
  )
  static let cdnLogging = Check(
    "cdn.logging",
    .medium,
    "The distribution logs requests.",
    why: "After a leak of cookies, the log is the only record of what was seen.",
    mend: "Standard logging (v2) into the bucket of access logs.",
    mappings: ["CloudFront.5", "ASVS-5.0:16.3.2"]
  )
  static let cdnFirewall = Check(
    "cdn.firewall",
    .low,
    "The distribution has a web firewall (AWS WAF).",
    why: "It stops floods of requests before they reach nginx.",
    mend: "WebACLId: the ARN of a web ACL.",
    mappings: ["CloudFront.6"]
  )

  static let cdn: [Check] = [
    cdnExists, cdnViewerHTTPS, cdnTLS, cdnOriginAccess, cdnOriginHTTPS, cdnGuarded, cdnErrors, cdnLogging, cdnFirewall,
  ]
}
