/** The server in a private virtual environment below the extension's storage. */

import { mkdir, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import * as path from "node:path";
import { run } from "./run.js";
import { which, type Surroundings } from "./find.js";

/** Newest first; `py` is Windows' launcher. */
const PYTHONS = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python", "py"];
const OLDEST = [3, 11] as const;
const ASK_VERSION = "import sys, venv, ensurepip; print(*sys.version_info[:2])";

export interface Installation {
  /** Told in a few words what happens. */
  readonly tell: (words: string) => void;
  readonly signal: AbortSignal;
  readonly here: Surroundings;
}

export class CannotInstall extends Error {}

/** The installed server, or undefined. The file may have been taken away since. */
export async function installed(storage: string, platform: NodeJS.Platform): Promise<string | undefined> {
  try {
    const name = (await readFile(pointer(storage), "utf8")).trim();
    return inside(path.join(storage, name), "emberline", platform);
  } catch {
    return undefined;
  }
}

/**
 * Installs `requirement` beside what is there, and only then makes it the one in use: an environment cannot be moved,
 * and other windows may be running the old one. Throws `CannotInstall`, also when it is cancelled.
 */
export async function install(
  storage: string,
  requirement: string,
  python: string,
  { tell, signal, here }: Installation,
): Promise<string> {
  const base = python === "" ? await findPython(here) : python;
  const name = `server-${Date.now().toString(36)}`;
  const folder = path.join(storage, name);
  await mkdir(storage, { recursive: true });
  try {
    tell("making a private Python environment");
    await done(run(base, ["-m", "venv", folder], { cwd: storage, signal }), signal);
    const pip = ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", requirement];
    const line = (text: string) => {
      const words = inWords(text);
      if (words !== undefined) {
        tell(words);
      }
    };
    await done(run(inside(folder, "python", here.platform), pip, { cwd: storage, signal, line }), signal);
    const program = inside(folder, "emberline", here.platform);
    if (!(await here.isProgram(program))) {
      throw new CannotInstall(`${requirement} holds no program \`emberline\`.`);
    }
    await writeFile(`${pointer(storage)}.new`, `${name}\n`);
    await rename(`${pointer(storage)}.new`, pointer(storage));
    await removeOthers(storage, name);
    return program;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** What pip says, as far as it tells how it goes on. */
export function inWords(line: string): string | undefined {
  const found = /^(Collecting|Downloading|Installing collected packages|Building wheel)(?:: | for | )\s*(.*)$/.exec(line.trim());
  if (found === null) {
    return undefined;
  }
  const [, what = "", which = ""] = found;
  if (what.startsWith("Installing")) {
    return "installing the packages";
  }
  const name = which.split(/[\s;]/)[0]?.split("/").at(-1) ?? "";
  return `${what === "Collecting" ? "collecting" : what === "Downloading" ? "downloading" : "building"} ${name}`;
}

async function findPython(here: Surroundings): Promise<string> {
  for (const name of PYTHONS) {
    const python = await which(name, here);
    if (python !== undefined && isNewEnough((await run(python, ["-c", ASK_VERSION])).out)) {
      return python;
    }
  }
  throw new CannotInstall(
    `There is no Python ${OLDEST.join(".")} or newer with venv on the PATH. Install one, or name it in "emberline.installation.python".`,
  );
}

/** Of "3 12", what `ASK_VERSION` prints. */
export function isNewEnough(told: string): boolean {
  const [major = 0, minor = 0] = told.trim().split(" ").map(Number);
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

async function done(running: ReturnType<typeof run>, signal: AbortSignal): Promise<void> {
  const ended = await running;
  if (signal.aborted) {
    throw new CannotInstall("The installation was stopped; nothing of it was kept.");
  }
  if (ended.status !== 0) {
    const last = (ended.err.trim() || ended.out.trim()).split("\n").slice(-3).join(" ");
    throw new CannotInstall(last || "It ended without a word.");
  }
}

async function removeOthers(storage: string, kept: string): Promise<void> {
  for (const name of await readdir(storage)) {
    if (name.startsWith("server-") && name !== kept) {
      // On Windows what runs in another window cannot be removed: the next installation does it.
      await rm(path.join(storage, name), { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function pointer(storage: string): string {
  return path.join(storage, "server");
}

function inside(folder: string, program: string, platform: NodeJS.Platform): string {
  return platform === "win32" ? path.join(folder, "Scripts", `${program}.exe`) : path.join(folder, "bin", program);
}
