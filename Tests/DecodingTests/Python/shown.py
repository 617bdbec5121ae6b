"""Compares many pictures in one Chromium.

Each line of standard input is a question, a JSON list of {"seed", "mutant", "original", "medium"}: paths below the folder that is
the only argument; `original` and `medium` may be missing. Each line of standard output is its answer, a list of
{"isShown", "seed", "original", "medium"} in the same order: how far the mutant differs from the seed and its renderings from the
mutant, 0 to 255, or null if Chromium does not show one of them or their sizes differ.

A difference is the greatest one of any channel, weighted by alpha: of any pixel, and for `medium` of the mean of any of 4 × 4
cells, because a lossy codec keeps means, not pixels. If the seed is an animation, every frame is compared with the seed's.
"""

import functools
import http.server
import json
import pathlib
import sys
import threading

sys.path.append(str(pathlib.Path(__file__).parents[2] / "IntegrationTests/browser"))
from chromium import chromium  # noqa: E402

PAGE = """
const CELLS = 4, AT_ONCE = 8;

function pixels(image, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d', {colorSpace: 'srgb', willReadFrequently: true});
  context.drawImage(image, 0, 0);
  const {data} = context.getImageData(0, 0, width, height);
  for (let at = 0; at < data.length; at += 4)
    for (let band = 0; band < 3; band++) data[at + band] = Math.round(data[at + band] * data[at + 3] / 255);
  return {width, height, data};
}

// Returns what a page shows of a file: the first picture, then the frames of an animation.
async function shown(path) {
  const image = new Image();
  image.src = path;
  const loaded = await new Promise(done => { image.onload = () => done(true); image.onerror = () => done(false); });
  if (!loaded || !image.naturalWidth || image.naturalWidth * image.naturalHeight > 4e6) return null;
  return {first: pixels(image, image.naturalWidth, image.naturalHeight), frames: await frames(path)};
}

async function frames(path) {
  const response = await fetch(path);
  const type = response.headers.get('Content-Type');
  const list = [];
  if (!/gif|png|webp/.test(type)) return list;
  const decoder = new ImageDecoder({data: await response.arrayBuffer(), type});
  try {
    await decoder.tracks.ready;
    await decoder.completed;
    const count = Math.min(decoder.tracks.selectedTrack.frameCount, 10);
    for (let frameIndex = 0; count > 1 && frameIndex < count; frameIndex++) {
      const {image} = await decoder.decode({frameIndex});
      list.push(pixels(image, image.displayWidth, image.displayHeight));
      image.close();
    }
  } catch { /* The frames up to here are shown. */ }
  decoder.close();
  return list;
}

function means({width, height, data}) {
  const sums = new Float64Array(CELLS * CELLS * 4), counts = new Float64Array(CELLS * CELLS);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y * CELLS / height) * CELLS + Math.floor(x * CELLS / width);
      counts[cell]++;
      for (let band = 0; band < 4; band++) sums[4 * cell + band] += data[4 * (y * width + x) + band];
    }
  return sums.map((sum, index) => counts[index >> 2] ? sum / counts[index >> 2] : 0);
}

function difference(one, other) {
  if (one.width !== other.width || one.height !== other.height) return null;
  let most = 0;
  for (let at = 0; at < one.data.length; at++) most = Math.max(most, Math.abs(one.data[at] - other.data[at]));
  return most;
}

function meanDifference(one, other) {
  const [a, b] = [means(one), means(other)];
  return a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index])), 0);
}

function wholeDifference(one, other) {
  if (one.frames.length !== other.frames.length) return null;
  const all = [difference(one.first, other.first), ...one.frames.map((frame, index) => difference(frame, other.frames[index]))];
  return all.includes(null) ? null : Math.max(...all);
}

const seeds = new Map();
function seed(path) {
  if (!seeds.has(path)) seeds.set(path, shown(path));
  return seeds.get(path);
}

async function answer(question) {
  const [whole, mutant] = await Promise.all([seed(question.seed), shown(question.mutant)]);
  if (!mutant) return {isShown: false};
  const found = {isShown: true, seed: whole && wholeDifference(whole, mutant), original: null, medium: null};
  if (question.original) {
    const original = await shown(question.original);
    if (original) found.original = wholeDifference(original, mutant);
  }
  if (question.medium) {
    const medium = await shown(question.medium);
    if (medium) found.medium = meanDifference(medium.first, mutant.first);
  }
  return found;
}

async function answers(questions) {
  const found = new Array(questions.length);
  let next = 0;
  const work = async () => {
    while (next < questions.length) {
      const index = next++;
      found[index] = await answer(questions[index]);
    }
  };
  await Promise.all(Array.from({length: AT_ONCE}, work));
  return found;
}
"""


class Files(http.server.SimpleHTTPRequestHandler):
    """Serves the folder, and the page at /."""

    extensions_map = {".jpg": "image/jpeg", ".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".avif": "image/avif",
                      "": "application/octet-stream"}
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.path != "/":
            return super().do_GET()
        page = f"<!doctype html><script>{PAGE}</script>".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Files, directory=sys.argv[1]))
threading.Thread(target=server.serve_forever, daemon=True).start()
with chromium(width=400, height=300) as browser:
    browser.get(f"http://127.0.0.1:{server.server_port}/")
    browser.set_script_timeout(300)
    for line in sys.stdin:
        script = "answers(arguments[0]).then(arguments[1])"
        print(json.dumps(browser.execute_async_script(script, json.loads(line))), flush=True)
