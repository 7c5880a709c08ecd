/*
 * The part of FAISS's C API that we call, for where the library comes without
 * it (Debian's libfaiss-dev has the headers and libfaiss.a only).  Names,
 * signatures and results are those of faiss/c_api; configure leaves this file
 * out where it finds libfaiss_c.
 */
#include <exception>
#include <stdexcept>

#include <faiss/IndexFlat.h>
#include <faiss/IndexIDMap.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/index_io.h>

#include <faiss/c_api/IndexFlat_c.h>
#include <faiss/c_api/IndexIVFFlat_c.h>
#include <faiss/c_api/IndexIVF_c.h>
#include <faiss/c_api/Index_c.h>
#include <faiss/c_api/MetaIndexes_c.h>
#include <faiss/c_api/error_c.h>
#include <faiss/c_api/index_io_c.h>

namespace {

thread_local std::exception_ptr last;

/* Runs what may throw; no exception leaves C++. */
template <typename Action>
int
guarded(Action action)
{
    try {
        action();
        return OK;
    } catch (faiss::FaissException &) {
        last = std::current_exception();
        return FAISS_EXCEPT;
    } catch (std::exception &) {
        last = std::current_exception();
        return STD_EXCEPT;
    } catch (...) {
        last = std::make_exception_ptr(std::runtime_error("unknown error"));
        return UNKNOWN_EXCEPT;
    }
}

faiss::Index *
index_of(FaissIndex *index)
{
    return reinterpret_cast<faiss::Index *>(index);
}

const faiss::Index *
index_of(const FaissIndex *index)
{
    return reinterpret_cast<const faiss::Index *>(index);
}

/* The C API's downcasts give back the same address. */
faiss::IndexIVF *
ivf_of(FaissIndexIVF *index)
{
    return static_cast<faiss::IndexIVF *>(index_of(index));
}

const faiss::IndexIVF *
ivf_of(const FaissIndexIVF *index)
{
    return static_cast<const faiss::IndexIVF *>(index_of(index));
}

FaissIndex *
handle(faiss::Index *index)
{
    return reinterpret_cast<FaissIndex *>(index);
}

} /* namespace */

extern "C" {

const char *
faiss_get_last_error()
{
    if (!last)
        return nullptr;
    try {
        std::rethrow_exception(last);
    } catch (std::exception &e) {
        return e.what(); /* lives as long as `last` */
    }
}

void
faiss_Index_free(FaissIndex *index)
{
    delete index_of(index);
}

int
faiss_Index_d(const FaissIndex *index)
{
    return index_of(index)->d;
}

idx_t
faiss_Index_ntotal(const FaissIndex *index)
{
    return index_of(index)->ntotal;
}

FaissMetricType
faiss_Index_metric_type(const FaissIndex *index)
{
    return static_cast<FaissMetricType>(index_of(index)->metric_type);
}

int
faiss_Index_add_with_ids(FaissIndex *index, idx_t n, const float *x,
                         const idx_t *xids)
{
    return guarded([&] { index_of(index)->add_with_ids(n, x, xids); });
}

int
faiss_read_index_fname(const char *fname, int io_flags, FaissIndex **p_out)
{
    return guarded([&] {
        *p_out = handle(faiss::read_index(fname, io_flags));
    });
}

int
faiss_write_index(const FaissIndex *idx, FILE *f)
{
    return guarded([&] { faiss::write_index(index_of(idx), f); });
}

int
faiss_IndexFlatIP_new_with(FaissIndexFlatIP **p_index, idx_t d)
{
    return guarded([&] { *p_index = handle(new faiss::IndexFlatIP(d)); });
}

int
faiss_IndexIDMap_new(FaissIndexIDMap **p_index, FaissIndex *index)
{
    return guarded([&] {
        *p_index = handle(new faiss::IndexIDMap(index_of(index)));
    });
}

void
faiss_IndexIDMap_set_own_fields(FaissIndexIDMap *index, int own)
{
    static_cast<faiss::IndexIDMap *>(index_of(index))->own_fields = own != 0;
}

int
faiss_IndexIVFFlat_new_with_metric(FaissIndexIVFFlat **p_index,
                                   FaissIndex *quantizer, size_t d,
                                   size_t nlist, FaissMetricType metric)
{
    return guarded([&] {
        *p_index = handle(new faiss::IndexIVFFlat(
            index_of(quantizer), d, nlist,
            static_cast<faiss::MetricType>(metric)));
    });
}

void
faiss_IndexIVFFlat_set_own_fields(FaissIndexIVFFlat *index, int own)
{
    ivf_of(index)->own_fields = own != 0;
}

int
faiss_IndexIVFFlat_add_core(FaissIndexIVFFlat *index, idx_t n, const float *x,
                            const idx_t *xids,
                            const int64_t *precomputed_idx)
{
    return guarded([&] {
        ivf_of(index)->add_core(n, x, xids, precomputed_idx);
    });
}

FaissIndexIVF *
faiss_IndexIVF_cast(FaissIndex *index)
{
    return handle(dynamic_cast<faiss::IndexIVF *>(index_of(index)));
}

size_t
faiss_IndexIVF_nlist(const FaissIndexIVF *index)
{
    return ivf_of(index)->nlist;
}

void
faiss_IndexIVF_set_nprobe(FaissIndexIVF *index, size_t nprobe)
{
    ivf_of(index)->nprobe = nprobe;
}

size_t
faiss_IndexIVF_get_list_size(const FaissIndexIVF *index, size_t list_no)
{
    return ivf_of(index)->get_list_size(list_no);
}

int
faiss_IndexIVF_search_preassigned(const FaissIndexIVF *index, idx_t n,
                                  const float *x, idx_t k,
                                  const idx_t *assign,
                                  const float *centroid_dis, float *distances,
                                  idx_t *labels, int store_pairs)
{
    return guarded([&] {
        ivf_of(index)->search_preassigned(n, x, k, assign, centroid_dis,
                                          distances, labels,
                                          store_pairs != 0);
    });
}

} /* extern "C" */
