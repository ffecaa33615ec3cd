import { computed, signal } from '@preact/signals'

export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

const themeKey = 'campus.theme'
const chosen = signal<Theme>('system')
const systemIsDark = matchMedia('(prefers-color-scheme: dark)')
const systemDark = signal(systemIsDark.matches)

export const theme = computed(() => chosen.value)
export const isDark = computed(() =>
  chosen.value === 'system' ? systemDark.value : chosen.value === 'dark',
)

export function startTheme(): void {
  systemIsDark.addEventListener('change', ({ matches }) => (systemDark.value = matches))
  const kept = localStorage.getItem(themeKey)
  show(themes.find((name) => name === kept) ?? 'system')
}

export function chooseTheme(wanted: Theme): void {
  localStorage.setItem(themeKey, wanted)
  show(wanted)
}

function show(wanted: Theme): void {
  chosen.value = wanted
  // All colours are `light-dark(…)`; what it chooses is in `tokens.css`.
  const { dataset } = document.documentElement
  if (wanted === 'system') delete dataset['theme']
  else dataset['theme'] = wanted
}
