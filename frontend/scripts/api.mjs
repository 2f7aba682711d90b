// Generates src/api/schema.d.ts from the service's own OpenAPI description; with --check it only compares.
//   npm run api          writes the file
//   npm run check:api    fails when the file and the service have drifted apart
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const frontend = resolve(import.meta.dirname, "..");
const repository = resolve(frontend, "..");
const venv = join(repository, ".venv", "bin", "python");
const python = process.env.PYTHON ?? (existsSync(venv) ? venv : "python3");
const check = process.argv.includes("--check");

function run(command, args, cwd) {
  const done = spawnSync(command, args, { cwd, encoding: "utf8", maxBuffer: 2 ** 26 });
  return {
    ok: done.status === 0,
    out: done.stdout ?? "",
    err: done.stderr || String(done.error ?? ""),
  };
}

function fail(sentence, detail) {
  console.error(`${sentence}\n${detail}`.trim());
  process.exit(1);
}

const described = run(python, ["-m", "service", "openapi"], repository);
if (!described.ok) {
  fail(
    `\`${python} -m service openapi\` failed: install the service (make run), or set PYTHON.`,
    described.err,
  );
}

const folder = mkdtempSync(join(tmpdir(), "openapi-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const input = join(folder, "openapi.json");
writeFileSync(input, described.out);

const cli = join(frontend, "node_modules", "openapi-typescript", "bin", "cli.js");
const schema = join(frontend, "src", "api", "schema.d.ts");
const made = run(
  process.execPath,
  [cli, input, "-o", schema, ...(check ? ["--check"] : [])],
  frontend,
);
if (!made.ok && check) {
  fail(
    "src/api/schema.d.ts differs from the service's API: run `npm run api` and commit the result.",
    made.err,
  );
}
if (!made.ok) fail("openapi-typescript could not read the service's description.", made.err);
console.log(check ? "src/api/schema.d.ts matches the service." : "src/api/schema.d.ts written.");
