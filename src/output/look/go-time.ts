/** Times as Go writes them: a layout shows how Mon Jan 2 15:04:05 2006 would look, such as `2006-01-02 15:04:05.000`. Pure. */

/** In local time; `timestamp` is seconds since the epoch. */
export function formatGoTime(time: Date, layout: string): string {
  if (layout === 'timestamp') return String(Math.floor(time.getTime() / 1000));
  return layout.replace(ELEMENT, (element) => writeElement(time, element));
}

/** Longer elements first: `January` begins with `Jan`, `2006` with `2`. */
const ELEMENT =
  /January|Jan|Monday|Mon|MST|Z07:00|-07:00|-0700|2006|_2|01|02|03|04|05|06|15|PM|pm|(?<=05)[.,](?:0+|9+)|1|2|3|4|5/g;

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];

const WRITERS: Readonly<Record<string, (time: Date) => string>> = {
  January: (time) => MONTHS[time.getMonth()] ?? '',
  Jan: (time) => MONTHS[time.getMonth()]?.slice(0, 3) ?? '',
  Monday: (time) => DAYS[time.getDay()] ?? '',
  Mon: (time) => DAYS[time.getDay()]?.slice(0, 3) ?? '',
  MST: (time) => zone(time, ''),
  'Z07:00': (time) => (time.getTimezoneOffset() === 0 ? 'Z' : zone(time, ':')),
  '-07:00': (time) => zone(time, ':'),
  '-0700': (time) => zone(time, ''),
  '2006': (time) => String(time.getFullYear()),
  '06': (time) => two(time.getFullYear() % 100),
  '01': (time) => two(time.getMonth() + 1),
  '1': (time) => String(time.getMonth() + 1),
  '02': (time) => two(time.getDate()),
  _2: (time) => String(time.getDate()).padStart(2),
  '2': (time) => String(time.getDate()),
  '15': (time) => two(time.getHours()),
  '03': (time) => two(time.getHours() % 12 || 12),
  '3': (time) => String(time.getHours() % 12 || 12),
  '04': (time) => two(time.getMinutes()),
  '4': (time) => String(time.getMinutes()),
  '05': (time) => two(time.getSeconds()),
  '5': (time) => String(time.getSeconds()),
  PM: (time) => (time.getHours() < 12 ? 'AM' : 'PM'),
  pm: (time) => (time.getHours() < 12 ? 'am' : 'pm'),
};

function writeElement(time: Date, element: string): string {
  const write = WRITERS[element];
  return write === undefined ? fraction(time, element) : write(time);
}

/** `.000` keeps its zeros; `.999` drops trailing ones, and vanishes when all are zeros. */
function fraction(time: Date, element: string): string {
  const digits = String(time.getMilliseconds()).padStart(3, '0').padEnd(element.length, '0');
  const cut = digits.slice(0, element.length - 1);
  const shown = element.endsWith('9') ? cut.replace(/0+$/, '') : cut;
  return shown === '' ? '' : `${element.charAt(0)}${shown}`;
}

/** `+0200`; also for an abbreviation such as CEST, which is not unique. */
function zone(time: Date, colon: string): string {
  const minutes = -time.getTimezoneOffset();
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}${colon}${two(size % 60)}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
