import { renderSVG } from 'uqr'
import type { SecondFactorSecret } from '../../shared/schemas/second-factor.ts'
import { t } from '../i18n.ts'

/** The secret for an authenticator app, as a QR code and as text. */
export function Authenticator({ secret, uri }: SecondFactorSecret) {
  return (
    <>
      <p>{t('factor.scan')}</p>
      <div
        class="qr"
        role="img"
        aria-label={t('factor.qr')}
        dangerouslySetInnerHTML={{ __html: renderSVG(uri) }}
      />
      <p class="soft">
        {t('factor.or_type')} <code class="secret">{secret.match(/.{1,4}/g)?.join(' ')}</code>
      </p>
    </>
  )
}
