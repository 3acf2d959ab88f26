// What every browser test needs: the fake SendPulse, the host serving its user interface, and Chromium looking at it.
// Chromium reaches nothing but the two: every other name is unknown to it, and what it asks for is noted.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { BUILD, patience, PLACE, until, World } from '../e2e/harness.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
export const DESKTOP = { width: 1200, height: 900 };
export const PHONE = { width: 390, height: 844 };

// A test with a world, a host and a browser of its own. `pace`: seconds between two polls.
export const onScreen = (body, { pace = 1, ...options } = {}) => async t => {
  const world = await World.start(options);
  let screen;
  try {
    screen = await Screen.open(world, pace);
    await body(screen, t);
    screen.assertCalm();
  } catch (error) {
    await screen?.keep(`failed-${t.name}`);
    if (screen !== undefined) error.message += `\n${screen.host.err.slice(-2000)}\n${screen.troubles.join('\n')}`;
    throw error;
  } finally {
    await screen?.close();
    await world.close();
  }
};

export class Screen {
  static async open(world, pace) {
    const screen = new Screen(world, pace);
    try {
      await screen.start();
    } catch (error) {
      await screen.close(); // a browser that stays open keeps this process from ending
      throw error;
    }
    return screen;
  }

  async start() {
    await this.serve();
    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', `--host-resolver-rules=MAP api.sendpulse.com:443 127.0.0.1:${this.world.fake.port}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`],
    });
    await this.look();
  }

  constructor(world, pace) {
    this.world = world;
    this.pace = pace;
    this.troubles = []; // what the console complains of, security policy included
    this.strangers = []; // requests that leave the machine
  }

  async serve(...more) {
    const child = this.world.spawn(['serve', '--listen', '127.0.0.1:0', '--interval', String(this.pace), '--web-dir', join(BUILD, 'web'), '--sink', 'stdout', ...more]);
    this.host = { child, out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', text => (this.host.out += text));
    child.stderr.setEncoding('utf8').on('data', text => (this.host.err += text));
    child.on('close', code => (this.host.ended = code));
    this.origin = await until(() => {
      if (this.host.ended !== undefined) throw new Error(`serve ended with ${this.host.ended}: ${this.host.err}`);
      return PLACE.exec(this.host.err)?.[1];
    }, 'the place of serve');
    this.link = (await this.world.ok(['link'])).url;
  }

  // A window of its own, opened by the link or, later, by the session.
  async look({ viewport = DESKTOP, colorScheme = 'light' } = {}) {
    const state = await this.context?.storageState();
    await this.context?.close();
    this.context = await this.browser.newContext({ viewport, colorScheme, ignoreHTTPSErrors: true, locale: 'en-GB', timezoneId: 'Europe/Kyiv', ...(state && { storageState: state }) });
    this.context.setDefaultTimeout(patience(10_000));
    await this.context.addInitScript({ content: AXE });
    this.page = await this.context.newPage();
    this.page.on('console', message => {
      const text = message.text();
      // A refused request is what some tests are about; the page itself has to say so.
      if (['error', 'warning'].includes(message.type()) && !text.startsWith('Failed to load resource')) this.troubles.push(text);
    });
    this.page.on('pageerror', error => this.troubles.push(String(error)));
    this.page.on('request', request => {
      const { origin, hostname } = new URL(request.url());
      const isSignIn = hostname === 'api.sendpulse.com' && request.isNavigationRequest();
      if (origin !== this.origin && !isSignIn && !request.url().startsWith('data:')) this.strangers.push(request.url());
    });
    await this.page.goto(state === undefined ? this.link : this.origin);
    await this.page.getByRole('heading', { level: 1 }).waitFor();
  }

  // A page of the interface by its address, read anew.
  async visit(hash) {
    await this.page.goto('about:blank');
    await this.page.goto(`${this.origin}/${hash}`);
    await this.page.getByRole('heading', { level: 1 }).waitFor();
    await this.settled();
  }

  // Nothing says that it is still loading.
  async settled() {
    await this.page.waitForFunction(() => document.querySelector('.waiting') === null);
  }

  button(name) {
    return this.page.getByRole('button', { name, exact: true });
  }

  field(name) {
    return this.page.getByLabel(name, { exact: true });
  }

  // The choices of the dropdown that is open. A closed `select` has options as well, which nobody sees.
  choices() {
    return this.page.getByRole('listbox').getByRole('option');
  }

  async says(text) {
    await this.page.getByText(text).first().waitFor();
  }

  async heading(name) {
    await this.page.getByRole('heading', { name, level: 1 }).waitFor();
  }

  // axe-core finds nothing on the page as it is now.
  async assertAccessible(what) {
    const violations = await this.page.evaluate(async () => {
      const found = await globalThis.axe.run(document, { resultTypes: ['violations'] });
      return found.violations.map(({ id, help, nodes }) => `${id}: ${help}\n  ${nodes.map(({ html }) => html.slice(0, 200)).join('\n  ')}`);
    });
    assert.deepEqual(violations, [], what);
  }

  async assertFits(what) {
    const [wide, there] = await this.page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
    assert.ok(wide <= there, `${what} is ${wide} wide on a screen of ${there}`);
  }

  // Kept in build/X/screenshots for people.
  async keep(name) {
    const folder = join(BUILD, 'screenshots');
    mkdirSync(folder, { recursive: true });
    await this.page?.screenshot({ path: join(folder, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`), fullPage: true }).catch(() => {});
  }

  // No complaint of the browser, and no request elsewhere.
  assertCalm() {
    assert.deepEqual(this.troubles, []);
    assert.deepEqual(this.strangers, []);
  }

  async connectByKeys() {
    const { client_id, client_secret } = this.world.fake.credentials;
    await this.visit('#/connect/sendpulse');
    await this.page.getByRole('radio', { name: /Client ID and secret/ }).check();
    await this.field('Client ID').fill(client_id);
    await this.field('Client secret').fill(client_secret);
    await this.button('Test and connect').click();
    await this.heading('ivy@maple-thread.example');
    return this.page.url().match(/connections\/(con_[^?]+)/)[1];
  }

  async close() {
    await this.browser?.close();
    this.host?.child.kill('SIGTERM');
  }
}
