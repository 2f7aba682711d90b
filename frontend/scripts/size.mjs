// Budgets of JavaScript, gzipped: what dist/index.html asks for at once, and each part that is fetched when it is needed.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { gzipSync } from "node:zlib";

const FIRST_KB = 200;
const PART_KB = 130; // room for the charts, which are one part for all views that have any
const dist = resolve(import.meta.dirname, "..", "dist");
const html = readFileSync(join(dist, "index.html"), "utf8");
const gzipped = (file) => gzipSync(readFileSync(join(dist, file))).length / 1000;
const named = (extension) =>
  [...html.matchAll(new RegExp(`(?:src|href)="/([^"]+\\.${extension})"`, "g"))].map(
    (match) => match[1],
  );
const total = (files) => files.reduce((sum, file) => sum + gzipped(file), 0);

const first = named("js");
const js = total(first);
const parts = readdirSync(join(dist, "assets"))
  .map((file) => `assets/${file}`)
  .filter((file) => file.endsWith(".js") && !first.includes(file))
  .map((file) => [file, gzipped(file)])
  .sort(([, a], [, b]) => b - a);

console.log(
  `First load: ${js.toFixed(1)} KB of JavaScript, ${total(named("css")).toFixed(1)} KB of CSS (gzipped; budget ${FIRST_KB} KB of JavaScript).`,
);
for (const [file, kb] of parts) console.log(`  later: ${kb.toFixed(1)} KB ${file}`);
if (js === 0) throw new Error("dist/index.html names no script: run `npm run build` first.");
const large = parts.filter(([, kb]) => kb > PART_KB).map(([file]) => file);
if (js > FIRST_KB || large.length > 0) {
  console.error(
    `Over budget: ${js > FIRST_KB ? "the first load" : large.join(", ")}. Load the newest part lazily, or raise FIRST_KB or PART_KB (${PART_KB} KB) here and say why.`,
  );
  process.exit(1);
}
