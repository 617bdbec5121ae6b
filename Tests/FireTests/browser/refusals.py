"""Uploads many documents in parts through Chromium and the browser's module, while the store fails requests.

    python refusals.py COUNT MEGABYTES PERCENT

Run inside `script/server --store PROXY --exec`: PROXY answers /-/faults/PERCENT. Prints one JSON object: {files:
[{state, sha256, wanted}], backwards: how often a progress fell, seconds, audit: what the auditor found}.
"""

import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.request

sys.path.append(str(pathlib.Path(__file__).parents[2] / "IntegrationTests/browser"))
from chromium import chromium  # noqa: E402

LIMIT = 900
UPLOAD = """
const [count, size, head, tail] = arguments;
window.files = [];
(async () => {
  const {upload} = await import(new URL('stowage.js', location.href));
  const {token} = await (await fetch('session.json')).json();
  const hex = digest => [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('');
  const document = () => {
    const bytes = new Uint8Array(size);
    bytes.set(new TextEncoder().encode(head));
    for (let at = head.length; at < size - tail.length; at += 65536) {
      crypto.getRandomValues(bytes.subarray(at, Math.min(at + 65536, size - tail.length)));
    }
    bytes.set(new TextEncoder().encode(tail), size - tail.length);
    return bytes;
  };
  let next = 0, backwards = 0;
  const work = async () => {
    while (next < count) {
      const name = `document-${++next}.pdf`;
      const bytes = document();
      const wanted = hex(await crypto.subtle.digest('SHA-256', bytes));
      let last = 0;
      const onProgress = ({loaded}) => { if (loaded < last) backwards++; last = loaded; };
      try {
        const file = await upload(new File([bytes], name, {type: 'application/pdf'}), {token, onProgress});
        window.files.push({state: file.state, sha256: file.sha256, wanted});
      } catch (error) {
        window.files.push({state: `${error.name} ${error.code} ${error.message}`, sha256: '', wanted});
      }
    }
  };
  await Promise.all([work(), work(), work()]);
  window.outcome = {files: window.files, backwards};
})().catch(error => { window.outcome = {error: String(error)}; });
"""


def document(size):
    """Returns the head and the tail of a PDF of that size; random bytes go between them."""
    head = "%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(("<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
                                   "<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>", "<</Length LENGTH>>"), 1):
        offsets.append(len(head))
        head += f"{number} 0 obj\n{body}\n" + ("endobj\n" if number < 4 else "stream\n")
    table = "xref\n0 5\n0000000000 65535 f \n" + "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    tail = f"\nendstream\nendobj\n{table}trailer\n<</Size 5/Root 1 0 R>>\nstartxref\nSTART0TABLE\n%%EOF\n"
    length = size - len(head) - len("0000000000") + len("LENGTH") - len(tail) + len("START0TABLE") - len("0000000000")
    head = head.replace("LENGTH", f"{length:010}")
    start = len(head) + length + tail.index("xref")
    return head, tail.replace("START0TABLE", f"{start:010}")


def faults(percent):
    with urllib.request.urlopen(f"{os.environ['STOWAGE_S3_URL']}/-/faults/{percent}", timeout=10) as answer:
        answer.read()


def audit():
    program = pathlib.Path(__file__).parents[1] / "auditor/audit.py"
    return json.loads(subprocess.run([sys.executable, "-B", program], check=True, stdout=subprocess.PIPE).stdout)


def main():
    count, size, percent = int(sys.argv[1]), int(sys.argv[2]) << 20, int(sys.argv[3])
    with chromium() as driver:
        driver.get(os.environ["STOWAGE_URL"] + "/files/")
        start = time.time()
        faults(percent)
        driver.execute_script(UPLOAD, count, size, *document(size))
        while not (result := driver.execute_script("return window.outcome")):
            if time.time() - start > LIMIT:
                sys.exit(f"after {LIMIT} s: {driver.execute_script('return window.files')}")
            time.sleep(0.5)
        seconds = time.time() - start
        faults(0)
    if "error" in result:
        sys.exit(result["error"])
    deadline = time.time() + 120
    while (found := audit())["violations"] and time.time() < deadline:
        time.sleep(1)
    print(json.dumps({**result, "seconds": seconds, "audit": found}))


if __name__ == "__main__":
    main()
