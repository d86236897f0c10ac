import { ChevronDown } from 'lucide-react'
import { useId, type ComponentProps, type ReactNode } from 'react'
import { cn } from '@/lib/cn'

const control =
  'w-full rounded-md border border-border bg-card px-2.5 text-[13px] text-fg transition-colors placeholder:text-muted-fg/80 hover:border-border-strong focus-visible:border-ring focus-visible:outline-1 focus-visible:outline-offset-0 disabled:opacity-50 aria-invalid:border-err'

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={cn(control, 'h-8', className)} {...rest} />
}

export function Textarea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea className={cn(control, 'scroll-thin min-h-18 resize-y py-1.5 leading-5', className)} {...rest} />
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return (
    <span className={cn('relative block', className)}>
      <select className={cn(control, 'h-8 appearance-none pr-7')} {...rest} />
      <ChevronDown className="pointer-events-none absolute right-2 top-2 size-4 text-muted-fg" aria-hidden />
    </span>
  )
}

interface FieldProps {
  label: string
  help?: ReactNode
  error?: string | undefined
  required?: boolean
  className?: string
  children: (props: { id: string; 'aria-describedby': string | undefined; 'aria-invalid': boolean | undefined; required: boolean | undefined }) => ReactNode
}

/** A labelled control with its help and its error tied to it. */
export function Field({ label, help, error, required, className, children }: FieldProps) {
  const id = useId()
  const described = error ? `${id}-error` : help ? `${id}-help` : undefined
  return (
    <div className={cn('grid content-start gap-1.5', className)}>
      <label htmlFor={id} className="text-[13px] font-medium">
        {label}
        {required && (
          <span className="ml-0.5 text-err" aria-hidden>
            *
          </span>
        )}
      </label>
      {children({ id, 'aria-describedby': described, 'aria-invalid': error ? true : undefined, required: required || undefined })}
      {error ? (
        <p id={`${id}-error`} role="alert" className="text-xs text-err">
          {error}
        </p>
      ) : (
        help && (
          <p id={`${id}-help`} className="text-xs text-muted-fg">
            {help}
          </p>
        )
      )}
    </div>
  )
}
