/** Keeps the smallest on top, by a key that is a number. */
export class Heap<T> {
  private readonly items: T[] = [];

  constructor(private readonly keyOf: (item: T) => number) {}

  get size(): number {
    return this.items.length;
  }

  peek(): T | undefined {
    return this.items[0];
  }

  push(item: T): void {
    this.items.push(item);
    let at = this.items.length - 1;
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (this.keyOf(this.items[above]) <= this.keyOf(this.items[at])) {
        break;
      }
      this.swap(above, at);
      at = above;
    }
  }

  pop(): T | undefined {
    const top = this.items[0];
    const last = this.items.pop();
    if (this.items.length > 0 && last !== undefined) {
      this.items[0] = last;
      this.sink();
    }
    return top;
  }

  private sink(): void {
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const right = left + 1;
      let least = at;
      if (left < this.items.length && this.keyOf(this.items[left]) < this.keyOf(this.items[least])) {
        least = left;
      }
      if (right < this.items.length && this.keyOf(this.items[right]) < this.keyOf(this.items[least])) {
        least = right;
      }
      if (least === at) {
        return;
      }
      this.swap(least, at);
      at = least;
    }
  }

  private swap(one: number, other: number): void {
    const kept = this.items[one];
    this.items[one] = this.items[other];
    this.items[other] = kept;
  }
}
