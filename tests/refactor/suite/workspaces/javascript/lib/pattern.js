const ANY = "*";
const REST = "**";

/** The parts of a name or of a pattern: "door.front.open". */
export function parts(name) {
  return name.split(".").filter((part) => part !== "");
}

/** Whether a name fits a pattern: `*` is any one part, `**` any number of them at the end. */
export function matches(pattern, name) {
  const wanted = parts(pattern);
  const given = parts(name);
  for (let index = 0; index < wanted.length; index += 1) {
    if (wanted[index] === REST) {
      return true;
    }
    if (index >= given.length) {
      return false;
    }
    if (wanted[index] !== ANY && wanted[index] !== given[index]) {
      return false;
    }
  }
  return wanted.length === given.length;
}

/** How much a pattern says: the more of its parts are plain, the more. */
export function specificity(pattern) {
  return parts(pattern).filter((part) => part !== ANY && part !== REST).length;
}
