// Drawn for this console on a grid of 24, stroked, so that they take the text's colour.
const shapes = {
  bookings: 'M4 6h16v14H4zM4 10.5h16M8.5 3.5v4M15.5 3.5v4M8 14h5',
  books:
    'M12 6.5C9.5 5 7 4.7 4 5v13.5c3-.3 5.5 0 8 1.5 2.5-1.5 5-1.8 8-1.5V5c-3-.3-5.5 0-8 1.5z' +
    'M12 6.5V20',
  courses: 'M2.5 9.5 12 5l9.5 4.5L12 14zM6.5 11.5V17c3.5 2.3 7.5 2.3 11 0v-5.5',
  files: 'M4 6.5V19h16V8.5h-8l-2-2.5H4z',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20c.5-8 12.5-8 13 0' +
    'M16 4.5a3.3 3.3 0 0 1 0 6.2M18 13.8c2 .8 3.3 2.8 3.5 6.2',
  system: 'M3 12h4l2.5-7 4.5 14 2.5-7H21',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20.5c.8-8 14.2-8 15 0',
  plus: 'M12 5v14M5 12h14',
  search: 'M11 17.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM16 16l4.5 4.5',
  previous: 'm14.5 5-7 7 7 7',
  next: 'm9.5 5 7 7-7 7',
  close: 'M6 6l12 12M18 6 6 18',
  upload: 'M12 16V4.5M7 9l5-5 5 5M4 16v4h16v-4',
  download: 'M12 4v11.5M7 11l5 5 5-5M4 20h16',
  pause: 'M8.5 5v14M15.5 5v14',
  play: 'M8 5v14l11-7z',
  check: 'm5 12.5 4.5 4.5L19 7',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.2v.3',
  wrench:
    'M14 6.5a4.5 4.5 0 0 0-6 5.6L3.5 16.6l3.9 3.9 4.5-4.5a4.5 4.5 0 0 0 5.6-6l-2.8' +
    ' 2.8-3-.5-.5-3z',
  star: 'm12 3.5 2.6 5.6 6 .7-4.5 4.2 1.2 6L12 17l-5.3 3 1.2-6-4.5-4.2 6-.7z',
  trash: 'M4.5 7h15M9.5 7V4h5v3M6.5 7l1 13h9l1-13',
  pencil: 'm4 20 1-5L16 4l4 4L9 19zM13.5 6.5l4 4',
  link:
    'M10 14a4.5 4.5 0 0 0 6.5 0l3-3A4.6 4.6 0 0 0 13 4.5l-1 1' +
    'M14 10a4.5 4.5 0 0 0-6.5 0l-3 3a4.6 4.6 0 0 0 6.5 6.5l1-1',
  leave: 'M10 4H5v16h5M15 8l4 4-4 4M19 12H9.5',
  phone: 'M8 3h8v18H8zM11 18h2',
  bell: 'M6 17V10.5a6 6 0 0 1 12 0V17l1.5 1.5h-15zM10 18.5a2 2 0 0 0 4 0',
  clock: 'M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17zM12 7v5l3.5 2',
} as const
export type IconName = keyof typeof shapes

/** Hidden from screen readers: the text beside it says it. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={shapes[name]} />
    </svg>
  )
}
