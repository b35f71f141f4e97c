// Checks the page of results as a reader gets it; `make check-page` calls it.
//
//     node check.mjs --page PAGE.html --out FOLDER --chromium PROGRAM
//
// Validates the HTML, renders it at 390, 800 and 1600 pixels in light and dark and as PDF, and looks at each for what a reader
// would trip over: errors of accessibility (axe-core), a page wider than the screen, a request to the network, an error of the
// script. The pictures and the PDF are left in FOLDER, to be looked at. Ends with 1 after any finding.

import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";

const { values: args } = parseArgs({
  options: { page: { type: "string" }, out: { type: "string" }, chromium: { type: "string" } },
});
// The packages lie in the folder that npm was told, not beside this file.
const require = createRequire(path.join(process.cwd(), "package.json"));
const { HtmlValidate } = require("html-validate");
const puppeteer = require("puppeteer-core");
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");

const findings = [];
const found = (where, what) => findings.push(`${where}: ${what}`);

const validator = new HtmlValidate({
  extends: ["html-validate:recommended", "html-validate:a11y"],
  rules: {
    // Of style, not of validity.
    "long-title": "off",
    "no-trailing-whitespace": "off",
    "void-style": "off",
    // A frame that scrolls is a group and takes the focus, or a keyboard could not scroll it.
    "prefer-native-element": "off",
    "no-inline-style": "error",
  },
});
const report = await validator.validateFile(args.page);
for (const { messages } of report.results) {
  for (const message of messages) {
    found("html-validate", `line ${message.line}: ${message.message} (${message.ruleId})`);
  }
}

fs.mkdirSync(args.out, { recursive: true });
const browser = await puppeteer.launch({ executablePath: args.chromium, args: ["--no-sandbox"] });
const open = async (width, scheme) => {
  const tab = await browser.newPage();
  const where = `${width} px, ${scheme}`;
  await tab.setViewport({ width, height: 900 });
  await tab.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  tab.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) found(where, `a request to ${request.url()}`);
  });
  tab.on("pageerror", (error) => found(where, `an error of the script: ${error.message}`));
  await tab.goto(pathToFileURL(path.resolve(args.page)).href, { waitUntil: "load" });
  return [tab, where];
};
for (const width of [390, 800, 1600]) {
  for (const scheme of ["light", "dark"]) {
    const [tab, where] = await open(width, scheme);
    for (const folded of [true, false]) {
      await tab.evaluate((folded) => {
        for (const details of document.querySelectorAll("details")) details.open = !folded;
      }, folded);
      const wide = await tab.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      if (wide > 0) found(where, `the page is ${wide} px wider than the screen`);
      if (scheme === "light" || folded) {
        const name = `${width}-${scheme}${folded ? "" : "-open"}.png`;
        await tab.screenshot({ path: path.join(args.out, name), fullPage: true });
      }
    }
    await tab.evaluate(axe);
    const { violations } = await tab.evaluate(() => window.axe.run());
    for (const { id, help, nodes } of violations) {
      found(where, `axe-core: ${help} (${id}), ${nodes.length} times, first: ${nodes[0].html.slice(0, 120)}`);
    }
    await tab.close();
  }
}
const [tab] = await open(800, "light");
await tab.pdf({ path: path.join(args.out, "page.pdf"), format: "A4", preferCSSPageSize: true, printBackground: true });
await browser.close();

for (const finding of findings) console.log(finding);
console.log(`check-page: ${findings.length} findings; pictures and PDF are in ${args.out}`);
process.exit(findings.length > 0 ? 1 : 0);
