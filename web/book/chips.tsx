interface ChipsProps {
  label: string
  options: { label: string; isChosen?: boolean; choose: () => void }[]
}

/** Choices in a row that scrolls sideways. */
export function Chips({ label, options }: ChipsProps) {
  return (
    <div class="chips" role="group" aria-label={label}>
      {options.map(({ label: text, isChosen, choose }) => (
        <button key={text} type="button" aria-pressed={isChosen} onClick={choose}>
          {text}
        </button>
      ))}
    </div>
  )
}
