/// Mappings: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html
extension Check {
  static let attachedPolicies = Check(
    "permissions.attached",
    .high,
    "The attached IAM policies allow nothing more than the code of their process performs.",
    why: "Whoever takes over a process can do what its keys can do.",
    mend: "Attach what `stowage permissions` prints for the process, and nothing else.",
    mappings: ["IAM.1", "IAM.21", "ASVS-5.0:13.2.2"]
  )

  static let permissions: [Check] = [attachedPolicies]
}
