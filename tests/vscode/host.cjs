// Runs in the extension host in place of tests: evaluates what Python sends, with `vscode` in reach.
//
// Where it listens stands in $EMBERLINE_TEST_HOSTS/PID.json, with the folder that its window has opened.
const fs = require("node:fs");
const http = require("node:http");
const path = require("node:path");
const vscode = require("vscode");

const AsyncFunction = Object.getPrototypeOf(async () => {}).constructor;

async function evaluate(body) {
  const { code, args } = JSON.parse(body);
  return await new AsyncFunction("vscode", "args", code)(vscode, args);
}

exports.run = () =>
  new Promise((resolve) => {
    const server = http.createServer((request, response) => {
      let body = "";
      request.on("data", (text) => (body += text));
      request.on("end", () => {
        evaluate(body).then(
          (value) => response.end(JSON.stringify({ value: value ?? null })),
          (error) => response.end(JSON.stringify({ error: String(error?.stack ?? error) })),
        );
      });
    });
    server.listen(0, "127.0.0.1", () => {
      const told = {
        pid: process.pid,
        port: server.address().port,
        folder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "",
      };
      const file = path.join(process.env.EMBERLINE_TEST_HOSTS, `${process.pid}.json`);
      fs.writeFileSync(`${file}.new`, JSON.stringify(told));
      fs.renameSync(`${file}.new`, file);
    });
    server.on("close", resolve);
  });
