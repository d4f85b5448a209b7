/** Where the server is: as set, on the PATH, or in the private environment of this extension. */

import { access, constants, stat } from "node:fs/promises";
import * as path from "node:path";

/** How to start it, without `serve`. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** In which of the ways it was found. */
  readonly found: "setting" | "path" | "installed";
}

export interface Surroundings {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Whether this file can be run. */
  readonly isProgram: (file: string) => Promise<boolean>;
}

/** Undefined where there is none. A command that was set is believed, so that its failure is told, not hidden. */
export async function find(
  set: readonly string[],
  installed: string | undefined,
  here: Surroundings,
): Promise<Program | undefined> {
  const [command, ...args] = set;
  if (command !== undefined) {
    return { command, args, found: "setting" };
  }
  const onPath = await which("emberline", here);
  if (onPath !== undefined) {
    return { command: onPath, args: [], found: "path" };
  }
  if (installed !== undefined && (await here.isProgram(installed))) {
    return { command: installed, args: [], found: "installed" };
  }
  return undefined;
}

/** A program's whole path. Relative folders on the PATH are passed over: they might lead into the opened folder. */
export async function which(name: string, here: Surroundings): Promise<string | undefined> {
  const paths = here.platform === "win32" ? path.win32 : path.posix;
  const listed = here.environment.PATH ?? here.environment.Path ?? "";
  const endings = here.platform === "win32" ? [".exe", ".cmd", ".bat"] : [""];
  for (const folder of listed.split(paths.delimiter)) {
    for (const ending of paths.isAbsolute(folder) ? endings : []) {
      const file = paths.join(folder, name + ending);
      if (await here.isProgram(file)) {
        return file;
      }
    }
  }
  return undefined;
}

/** This machine. */
export function surroundings(environment: Readonly<Record<string, string | undefined>>): Surroundings {
  return {
    platform: process.platform,
    environment,
    isProgram: async (file) => {
      try {
        await access(file, constants.X_OK);
        return (await stat(file)).isFile();
      } catch {
        return false;
      }
    },
  };
}
