import { useParams } from 'react-router'
import { ReviewQueue } from '@/features/reviews/components/review-queue'
import { PageHeader } from './page-header'

export function ReviewsPage() {
  const { reviewId = '' } = useParams()
  return (
    <>
      <PageHeader title="Reviews" />
      <ReviewQueue reviewId={reviewId} />
    </>
  )
}
