// Opens what `flambeau report` wrote and what `flambeau serve` serves in a headless Chromium, on a phone's
// and a desk's screen, light and dark, and does there what a person does.
//
//     node check.mjs SERVER IMAGE REPORT…
//
// SCREENSHOTS=FOLDER keeps a picture of each; CHROMIUM=PATH takes another browser.

import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [server, image, ...reports] = process.argv.slice(2);
const axe = readFileSync(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8");
const screenshots = process.env.SCREENSHOTS;
if (screenshots) mkdirSync(screenshots, { recursive: true });

// The package brings the libraries that a bare machine lacks to those who say that they are on such a one.
process.env.AWS_LAMBDA_JS_RUNTIME ??= "nodejs22.x";
// It unpacks fonts into the temporary folder, but its own fontconfig looks for them in /tmp alone. Chromium aborts
// at the first `<input type="file">` if there is no font.
process.env.FONTCONFIG_FILE ??= join(tmpdir(), "flambeau-fonts.conf");
writeFileSync(
  join(tmpdir(), "flambeau-fonts.conf"),
  `<fontconfig>
    <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
    <dir>${join(tmpdir(), "fonts")}</dir>
    <cachedir>${join(tmpdir(), "fonts-cache")}</cachedir>
  </fontconfig>`,
);
const executablePath = process.env.CHROMIUM ?? (await (await import("@sparticuz/chromium")).default.executablePath());
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

/** Opens a page, lets `use` do something on it, and holds it against what every page has to keep. */
async function visit(name, url, settings, use) {
  const context = await browser.newContext({ permissions: ["clipboard-read", "clipboard-write"], ...settings });
  const page = await context.newPage();
  const errors = [];
  const foreign = [];
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("request", (request) => {
    const to = request.url();
    if (!to.startsWith(url) && !/^(data|blob):/.test(to)) foreign.push(to);
  });
  await page.goto(url);
  await use(page);
  if (screenshots) await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
  const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  await page.evaluate(axe);
  const found = await page.evaluate(() => axe.run());
  const violations = found.violations.map(({ id, impact, nodes }) => `${id} (${impact}): ${nodes[0].html.slice(0, 200)}`);
  assert.deepEqual({ errors, foreign, tooWide, violations }, { errors: [], foreign: [], tooWide: 0, violations: [] }, name);
  await context.close();
  console.log(`${name}: well`);
}

/** What every visit comes with: each width in light and dark. */
function* looks() {
  for (const [device, width, height] of [["phone", 390, 844], ["desk", 1280, 900]]) {
    for (const colorScheme of ["light", "dark"]) {
      yield [`${device}-${colorScheme}`, { viewport: { width, height }, colorScheme }];
    }
  }
}

async function readReport(page) {
  const told = page.locator("#told");
  assert(!(await told.isVisible()));
  const chart = page.locator("figure.chart:has(.point)").first();
  assert((await chart.count()) > 0, "no chart has points");
  // A point tells its value to the mouse, and to the keyboard.
  await chart.locator(".point").first().hover();
  const first = await told.textContent();
  assert.match(first, /\d/);
  await page.mouse.move(0, 0);
  await chart.focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await told.textContent(), first);
  await page.keyboard.press("ArrowRight");
  assert.notEqual(await told.textContent(), first);
  await page.keyboard.press("Tab");
  assert(!(await told.isVisible()));
  // The command is copied, or where that is not allowed selected.
  await page.locator("[data-copy]").press("Enter");
  await page.waitForFunction(() => document.querySelector("[data-copy]").textContent !== "Copy");
  const copied = (await page.locator("[data-copy]").textContent()) === "Copied";
  const taken = await page.evaluate((copied) => (copied ? navigator.clipboard.readText() : String(getSelection())), copied);
  assert.match(taken, /^flambeau train --/);
  for (const picture of await page.locator("img").all()) {
    assert(await picture.evaluate((image) => image.complete && image.naturalWidth > 0));
  }
}

for (const [i, report] of reports.entries()) {
  const url = pathToFileURL(report).href;
  for (const [look, settings] of looks()) await visit(`report-${i + 1}-${look}`, url, settings, readReport);
  await visit(`report-${i + 1}-print`, url, { viewport: { width: 720, height: 1000 } }, async (page) => {
    await page.emulateMedia({ media: "print" });
    assert((await page.locator("button").count()) > 0);
    assert(!(await page.locator("button").first().isVisible()));
  });
}

/** Waits until the page has said what it thinks of an image, and gives that. */
async function said(page) {
  await page.waitForFunction(() => !["", "Looking …"].includes(document.getElementById("state").textContent));
  return page.locator("#state").textContent();
}

/** As if somebody let files fall onto the middle of the page. */
async function drop(page, ...files) {
  await drag(page, { items: [], files, dragOperationsMask: 1 });
}

async function drag(page, data) {
  const client = await page.context().newCDPSession(page);
  const { x, y, width, height } = await page.locator("#drop").boundingBox();
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await client.send("Input.dispatchDragEvent", { type, x: x + width / 2, y: y + height / 2, data });
  }
}

/** The answer has all its parts. */
async function isWhole(page) {
  assert.match(await said(page), /^[a-z]+, \d+\.\d % \(/);
  assert.equal(await page.locator("#classes li").count(), 10);
  assert((await page.locator("#maps svg").count()) > 0);
  for (const id of ["given", "seen", "mattered"]) {
    await page.waitForFunction((id) => document.getElementById(id).naturalWidth > 0, id);
  }
}

const wrong = join(tmpdir(), "flambeau-no-image.png");
writeFileSync(wrong, "no image");
for (const [look, settings] of looks()) {
  await visit(`serve-${look}`, server, settings, async (page) => {
    await drop(page, image);
    await isWhole(page);
  });
}
const [, desk] = [...looks()].at(-2);
await visit("serve-keyboard", server, desk, async (page) => {
  // `page.waitForEvent("filechooser")` does not tell when the browser has begun to hold choosers back. On a slow
  // machine the key comes first, the chooser is closed unseen, and the event never comes.
  const client = await page.context().newCDPSession(page);
  await client.send("Page.enable");
  await client.send("Page.setInterceptFileChooserDialog", { enabled: true });
  const opened = once(client, "Page.fileChooserOpened", { signal: AbortSignal.timeout(30_000) });
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const [{ backendNodeId }] = await opened;
  await client.send("DOM.setFileInputFiles", { files: [image], backendNodeId });
  await isWhole(page);
  // The charts are reached as well, and the description of the endpoint.
  const reached = new Set();
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.className || document.activeElement.localName));
  }
  assert(reached.has("chart") && reached.has("a"), [...reached].join());
});
await visit("serve-paste", server, desk, async (page) => {
  const bytes = [...readFileSync(image)];
  await page.evaluate((bytes) => {
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
    document.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
  }, bytes);
  await isWhole(page);
});
{
  // A wrong file is told of, and a right one follows. The browser tells of the refusal by itself.
  const context = await browser.newContext(desk);
  const page = await context.newPage();
  await page.goto(server);
  await drop(page, wrong);
  assert.match(await said(page), /image/);
  assert(await page.locator("#state.bad").isVisible());
  assert(!(await page.locator("#answer").isVisible()));
  if (screenshots) await page.screenshot({ path: join(screenshots, "serve-wrong.png") });
  // A picture's address is none.
  await drag(page, { items: [{ mimeType: "text/uri-list", data: "http://example.com/a.png" }], dragOperationsMask: 1 });
  assert.match(await said(page), /no file/);
  await drop(page, image);
  await page.waitForSelector("#answer:not([hidden])");
  await isWhole(page);
  await context.close();
  console.log("serve-wrong: well");
}
await browser.close();
