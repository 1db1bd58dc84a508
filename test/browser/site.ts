import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage } from "node:http";
import { extname, resolve, sep } from "node:path";

/** What a server on this machine has. */
export interface Site {
  /** Texts by their paths: `{ "/": "<!doctype html>…" }`. */
  readonly files?: Readonly<Record<string, string>>;
  /** Folders of this machine by the paths that they are found under: `{ "/assets/": "…" }`. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Sent with every answer. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A site that is being served. */
export interface Served {
  readonly url: string;
  /** What has been posted to /result, by {@link runner} for instance. */
  readonly result: (complaints: readonly string[]) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

const TYPES: Readonly<Record<string, string>> = {
  ...{ ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" },
  ...{ ".json": "application/json", ".map": "application/json", ".wasm": "application/wasm" },
};
/** Milliseconds that a page's code may take. */
const PATIENCE = 50_000;

/** Serves a site on a port of its own, to this machine alone. */
export async function serve({ files = {}, folders = {}, headers = {} }: Site): Promise<Served> {
  let deliver: (text: string) => void = () => undefined;
  const delivered = new Promise<string>((resolve) => (deliver = resolve));
  const answer = async (request: IncomingMessage): Promise<readonly [string, string | Buffer]> => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    if (pathname === "/result") {
      deliver(await textOf(request));
      return [".json", "{}"];
    }
    const file = files[pathname];
    if (file !== undefined) return [extname(pathname) || ".html", file];
    for (const [prefix, folder] of Object.entries(folders)) {
      const path = resolve(folder, `.${pathname.slice(prefix.length - 1)}`);
      if (pathname.startsWith(prefix) && path.startsWith(resolve(folder) + sep))
        return [extname(path), await readFile(path)];
    }
    throw new Error(`the site has no ${pathname}`);
  };
  const server = createServer((request, response) => {
    answer(request).then(
      ([type, content]) => {
        const kind = `${TYPES[type] ?? "application/octet-stream"}; charset=utf-8`;
        response
          .writeHead(200, { "content-type": kind, "cache-control": "no-store", ...headers })
          .end(content);
      },
      (error: unknown) => response.writeHead(404, headers).end(String(error)),
    );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    async result(complaints) {
      const body: unknown = JSON.parse(await inTime(delivered, complaints));
      if (typeof body === "object" && body !== null && "error" in body)
        throw new Error(`the page threw ${String(body.error)}`);
      return typeof body === "object" && body !== null && "value" in body ? body.value : undefined;
    },
    close: () =>
      new Promise((closed) => {
        server.close(() => {
          closed();
        });
        server.closeAllConnections();
      }),
  };
}

/** A script for a page: calls what a module exports by default, and posts what it returns or throws. */
export function runner(module: string): string {
  return `
    const post = (body) => fetch("/result", { method: "POST", body: JSON.stringify(body) });
    import(${JSON.stringify(module)})
      .then((page) => page.default())
      .then((value) => post({ value }), (error) => post({ error: String(error?.stack ?? error) }));
  `;
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text;
}

function inTime(delivered: Promise<string>, complaints: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      const said = complaints.length === 0 ? "nothing" : complaints.join("; ");
      reject(
        new Error(`the page has handed over nothing in ${PATIENCE / 1000} s; the browser says: ${said}`),
      );
    }, PATIENCE);
    void delivered.then(resolve).finally(() => {
      clearTimeout(timer);
    });
  });
}
