// Numbers that look drawn by chance and are the same in every run (mulberry32).

export function dice(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (low, high) => low + Math.floor(next() * (high - low + 1));
  const list = (count, make) => Array.from({ length: count }, (_, k) => make(k));
  return { next, whole, list };
}

// Runs a check with so many different seeds, and names the one that fails.
export function forSeeds(count, check) {
  for (let seed = 1; seed <= count; seed += 1) {
    try {
      check(dice(seed));
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
}
