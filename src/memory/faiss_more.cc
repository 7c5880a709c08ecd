/*
 * The lists of a mapped index; and the functions of BLAS that FAISS is linked
 * against, which are never called.
 *
 * FAISS multiplies matrices for training and for searching many questions at
 * once.  We do neither with it: lists are found by kmeans.c, coarse
 * quantisation is done in vectors.c.  A real BLAS would start its threads
 * while the program is loaded, in every worker and before the master forks,
 * and cost each some megabytes.
 */
#include "memory/faiss_more.h"

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include <faiss/IndexFlatCodes.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVF.h>
#include <faiss/invlists/OnDiskInvertedLists.h>

extern "C" const char *faiss_get_last_error();

/* Of OpenMP; clang comes without its header. */
extern "C" void omp_set_num_threads(int count);

namespace {

faiss::IndexIVF *
ivf_of(FaissIndexIVF *index)
{
    return static_cast<faiss::IndexIVF *>(
        reinterpret_cast<faiss::Index *>(index));
}

const faiss::IndexIVF *
ivf_of(const FaissIndexIVF *index)
{
    return static_cast<const faiss::IndexIVF *>(
        reinterpret_cast<const faiss::Index *>(index));
}

bool
is_inside(const faiss::OnDiskInvertedLists &lists, size_t i)
{
    const faiss::OnDiskOneList &list = lists.lists[i];
    size_t                      each = lists.code_size + sizeof(int64_t);

    return list.offset <= lists.totsize &&
           list.offset % sizeof(float) == 0 && list.size == list.capacity &&
           list.size <= (lists.totsize - list.offset) / each;
}

} /* namespace */

extern "C" {

int
faiss_more_is_mapped(const FaissIndexIVF *index)
{
    const faiss::IndexIVF *ivf = ivf_of(index);
    auto lists = dynamic_cast<const faiss::OnDiskInvertedLists *>(
        ivf->invlists);

    if (!lists || lists->nlist != ivf->nlist ||
        lists->lists.size() != ivf->nlist ||
        lists->code_size != ivf->code_size ||
        lists->code_size != static_cast<size_t>(ivf->d) * sizeof(float))
        return 0;
    for (size_t i = 0; i < ivf->nlist; i++)
        if (!is_inside(*lists, i))
            return 0;
    return 1;
}

const float *
faiss_more_vectors(const FaissIndexIVF *index, size_t list_no)
{
    return reinterpret_cast<const float *>(
        ivf_of(index)->invlists->get_codes(list_no));
}

const int64_t *
faiss_more_ids(const FaissIndexIVF *index, size_t list_no)
{
    return ivf_of(index)->invlists->get_ids(list_no);
}

void
faiss_more_drop_centroids(FaissIndexIVF *index)
{
    faiss::Index *quantizer = ivf_of(index)->quantizer;

    if (auto map = dynamic_cast<faiss::IndexIDMap *>(quantizer)) {
        std::vector<faiss::Index::idx_t>().swap(map->id_map);
        map->ntotal = 0;
        quantizer = map->index;
    }
    if (auto flat = dynamic_cast<faiss::IndexFlatCodes *>(quantizer)) {
        std::vector<uint8_t>().swap(flat->codes);
        flat->ntotal = 0;
    }
}

int
faiss_more_reserve(FaissIndexIVF *index, const size_t *sizes)
{
    auto lists = dynamic_cast<faiss::ArrayInvertedLists *>(
        ivf_of(index)->invlists);

    if (!lists)
        return -1;
    try {
        for (size_t i = 0; i < lists->nlist; i++) {
            lists->codes[i].reserve(sizes[i] * lists->code_size);
            lists->ids[i].reserve(sizes[i]);
        }
    } catch (std::exception &) {
        return -4;
    }
    return 0;
}

void
faiss_more_stay_in_thread(void)
{
    omp_set_num_threads(1);
}

const char *
faiss_more_last_error(void)
{
    const char *text = faiss_get_last_error();

    return text ? text : "unknown error";
}

#ifdef FAISS_MORE_NO_BLAS
#define NEVER_CALLED(name) \
    void name(void);       \
    void name(void) { std::abort(); }

NEVER_CALLED(sgemm_)
NEVER_CALLED(dgemm_)
NEVER_CALLED(ssyrk_)
NEVER_CALLED(sgeqrf_)
NEVER_CALLED(sorgqr_)
NEVER_CALLED(ssyev_)
NEVER_CALLED(dsyev_)
NEVER_CALLED(sgesvd_)
NEVER_CALLED(dgesvd_)
NEVER_CALLED(sgetrf_)
NEVER_CALLED(dgetrf_)
NEVER_CALLED(sgetri_)
NEVER_CALLED(dgetri_)
NEVER_CALLED(sgelsd_)
#endif

} /* extern "C" */
