/** The size of the window, in one place: what is not shown on a phone is not mounted there either. */

const narrow = matchMedia('(max-width: 760px)');
const medium = matchMedia('(max-width: 1100px)');

class Screen {
  isPhone = $state(narrow.matches);
  isMedium = $state(medium.matches);
  readonly isCoarse = matchMedia('(pointer: coarse)').matches;

  constructor() {
    narrow.addEventListener('change', (event) => (this.isPhone = event.matches));
    medium.addEventListener('change', (event) => (this.isMedium = event.matches));
  }
}

export const screen = new Screen();
