// Loads what it is asked for on its standard input, one after the other, and tells of each in a line that begins with a mark.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { createRequire } = require("node:module");
const { pathToFileURL } = require("node:url");

const { mark, asked } = JSON.parse(fs.readFileSync(0, "utf8"));
const { writeSync } = fs;
const { parse, stringify } = JSON;
const end = process.reallyExit.bind(process);
const tell = (line) => {
  const text = Buffer.from(`\n${mark}${stringify(line)}\n`);
  for (let at = 0; at < text.length; ) {
    try {
      at += writeSync(1, text, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
};

// What a package does beside being loaded is not what is asked.
process.exit = (code) => {
  throw new Error(`it ends the process, with code ${code ?? 0}`);
};
process.on("uncaughtException", () => {});
process.on("unhandledRejection", () => {});

const NEEDS_IMPORT = ["ERR_REQUIRE_ESM", "ERR_REQUIRE_ASYNC_MODULE", "ERR_PACKAGE_PATH_NOT_EXPORTED"];
const CONDITIONS = ["node", "import", "module-sync", "default"];

// What `exports` means for an import.
const target = (said) => {
  if (typeof said === "string") return said;
  if (Array.isArray(said)) return said.map(target).find(Boolean);
  if (!said) return undefined;
  return Object.keys(said)
    .filter((condition) => CONDITIONS.includes(condition))
    .map((condition) => target(said[condition]))
    .find(Boolean);
};

const entry = (folder) => {
  const manifest = parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  const { exports } = manifest;
  if (exports === undefined) return manifest.main ?? "index.js";
  const byPath = typeof exports === "object" && !Array.isArray(exports) && Object.keys(exports ?? {}).some((key) => key.startsWith("."));
  return target(byPath ? exports["."] : exports);
};

const load = async ({ name, from, folder, addon, file }) => {
  if (addon) return process.dlopen({ exports: {} }, addon);
  if (file) return createRequire(path.join(from, "noop.js")).resolve(path.resolve(from, file));
  try {
    createRequire(path.join(from, "noop.js"))(name);
  } catch (error) {
    const found = NEEDS_IMPORT.includes(error?.code) ? entry(folder) : undefined;
    if (!found) throw error;
    await import(pathToFileURL(path.join(folder, found)));
  }
};

(async () => {
  for (const [number, one] of asked.entries()) {
    tell({ begun: number });
    try {
      await load(one);
      tell({ done: number });
    } catch (error) {
      const words = String(error?.message ?? error).split("\nRequire stack:")[0];
      tell({ failed: number, why: words.replaceAll("\n", " ").slice(0, 400) });
    }
  }
  end(0);
})();
