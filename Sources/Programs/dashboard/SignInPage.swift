/// The pages that people without a valid token see.
///
/// They have no script, and nothing of the installation.
enum SignInPage {
  static let ended = "The session has ended. Sign in again."
  static let notValid =
    "This token is not valid, has ended, or is too long for a cookie. Make a new one: stowage token --user NAME --role admin."

  /// Returns the form for a token, above it `problem`.
  static func form(problem: String?) -> String {
    let words = problem.map { "<p role=\"alert\" class=\"problem\">\($0)</p>" } ?? ""
    return page(
      "Sign in",
      """
      \(words)
      <form method="post" action="/admin/session" autocomplete="off">
        <label for="token">Token of an administrator</label>
        <input id="token" name="token" type="text" class="secret" spellcheck="false" autocapitalize="off" required autofocus
          aria-describedby="hint">
        <p id="hint" class="hint">The token stays in a cookie of this browser that no script can read, for at most eight hours.</p>
        <button type="submit">Sign in</button>
      </form>
      """
    )
  }

  /// Returns the page for a token without the role.
  static func refusal(canSignOut: Bool) -> String {
    let form =
      canSignOut
      ? "<form method=\"post\" action=\"/admin/session/end\"><button type=\"submit\">Sign out</button></form>" : ""
    return page("Not allowed", "<p role=\"alert\">This page needs a token with the role admin.</p>\(form)")
  }

  private static func page(_ title: String, _ content: String) -> String {
    """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>\(title) · Stowage</title>
    <link rel="stylesheet" href="/admin/admin.css">
    <link rel="icon" href="data:,">
    </head>
    <body class="door">
    <main>
    <h1>Stowage: \(title.lowercased())</h1>
    \(content)
    </main>
    </body>
    </html>

    """
  }
}
