import { Check, Copy } from 'lucide-react'
import { useEffect, useState } from 'react'
import { Button, type ButtonProps } from './button'
import { Tip } from './tooltip'

export function CopyButton({ text, label = 'Copy', ...rest }: ButtonProps & { text: string | (() => string); label?: string }) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), 1600)
    return () => clearTimeout(timer)
  }, [copied])
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'function' ? text() : text)
    setCopied(true)
  }
  return (
    <Tip label={copied ? 'Copied' : label}>
      <Button variant="ghost" size="icon-sm" aria-label={copied ? 'Copied' : label} onClick={() => void copy()} {...rest}>
        {copied ? <Check className="text-ok" /> : <Copy />}
      </Button>
    </Tip>
  )
}
