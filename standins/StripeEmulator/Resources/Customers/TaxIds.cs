using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Marketplace.StripeEmulator.Api;
using Marketplace.StripeEmulator.Store;

namespace Marketplace.StripeEmulator.Resources;

/// <summary>Tax identifiers of customers and of the account itself.</summary>
public static partial class TaxIds
{
    private static readonly HashSet<string> Types = [.. (
        "ad_nrt ae_trn al_tin am_tin ao_tin ar_cuit au_abn au_arn aw_tin az_tin ba_tin bb_tin bd_bin bf_ifu bg_uic bh_vat bj_ifu bo_tin br_cnpj br_cpf bs_tin " +
        "by_tin ca_bn ca_gst_hst ca_pst_bc ca_pst_mb ca_pst_sk ca_qst cd_nif ch_uid ch_vat cl_tin cm_niu cn_tin co_nit cr_tin cv_nif de_stn do_rcn ec_ruc " +
        "eg_tin es_cif et_tin eu_oss_vat eu_vat fo_vat gb_vat ge_vat gi_tin gn_nif hk_br hr_oib hu_tin ic_nif id_npwp il_vat in_gst is_vat it_cf jp_cn jp_rn " +
        "jp_trn ke_pin kg_tin kh_tin kr_brn kz_bin la_tin li_uid li_vat lk_vat ma_vat md_vat me_pib mk_vat mr_nif mx_rfc my_frp my_itn my_sst ng_tin no_vat " +
        "no_voec np_pan nz_gst om_vat pe_ruc ph_tin pl_nip py_ruc ro_tin rs_pib ru_inn ru_kpp sa_vat sg_gst sg_uen si_tin sn_ninea sr_fin sv_nit th_vat tj_tin " +
        "tr_tin tw_vat tz_vat ua_vat ug_tin us_ein uy_ruc uz_tin uz_vat ve_rif vn_tin za_vat zm_tin zw_tin").Split(' ')];

    // Those that Stripe looks up with an authority; the rest stay unavailable.
    private static readonly string[] Verified = ["au_abn", "ch_vat", "eu_vat", "gb_vat"];

    public static Reply Create(Call call)
    {
        var (tx, owner) = (call.Tx, call.Hash("owner"));
        var type = owner?.Text("type") ?? "self";
        if (type is "account" or "application")
        {
            throw StripeException.Invalid("The Stripe emulator does not support 'owner[type]' other than customer and self on this endpoint.", "owner[type]");
        }

        var customer = type == "customer" ? call.Referred("customer", owner!.Text("customer") ?? throw StripeException.Missing("owner[customer]"), "owner[customer]") : null;
        return Add(tx, customer, call.Text("type")!, call.Text("value")!, "");
    }

    public static Reply Retrieve(Call call) => call.Named("tax_id");

    public static Reply List(Call call)
    {
        var owner = call.Hash("owner");
        return Paging.List(call, "tax_id", "/v1/tax_ids", s => owner?.Text("type") == "customer" ? s.Value.Text("customer") == owner.Text("customer") : s.Value["customer"] is null);
    }

    public static Reply Delete(Call call) => Remove(call.Tx, call.Named("tax_id"));

    public static Reply CreateOfCustomer(Call call) =>
        Add(call.Tx, call.Named("customer", param: "customer"), call.Text("type")!, call.Text("value")!, "");

    public static Reply ListOfCustomer(Call call) =>
        Paging.Referring(call, "tax_id", "customer", call.Named("customer", param: "customer").Id, $"/v1/customers/{call.Id}/tax_ids");

    public static Reply RetrieveOfCustomer(Call call) => OfCustomer(call);

    public static Reply DeleteOfCustomer(Call call) => Remove(call.Tx, OfCustomer(call));

    /// <summary>As invoices copy them.</summary>
    public static JsonArray Of(Transaction tx, string customer) =>
        [.. tx.Store.Referring("tax_id", "customer", customer).Select(t => new JsonObject { ["type"] = t.Value.Text("type"), ["value"] = t.Value.Text("value") })];

    public static Stored Add(Transaction tx, Stored? customer, string type, string value, string prefix)
    {
        if (!Types.Contains(type))
        {
            throw StripeException.Invalid($"Invalid type: must be one of {string.Join(", ", Types.Order())}", ParameterCheck.Name(prefix, "type"));
        }

        if (!IsWellFormed(type, value))
        {
            throw StripeException.Invalid($"Invalid value for {type}.", ParameterCheck.Name(prefix, "value"), "tax_id_invalid");
        }

        var id = tx.Ids.New("txi");
        var stored = tx.Add("tax_id", id, new JsonObject
        {
            ["id"] = id, ["object"] = "tax_id", ["country"] = type is "eu_vat" or "eu_oss_vat" ? value[..2].ToUpperInvariant() : type[..2].ToUpperInvariant(), ["created"] = tx.Now,
            ["customer"] = customer?.Id, ["customer_account"] = null, ["livemode"] = tx.Scope.Livemode,
            ["owner"] = customer is null
                ? new JsonObject { ["customer_account"] = null, ["type"] = "self" }
                : new JsonObject { ["customer"] = customer.Id, ["customer_account"] = null, ["type"] = "customer" },
            ["type"] = type, ["value"] = value,
            ["verification"] = customer is null ? null : new JsonObject { ["status"] = Verified.Contains(type) ? "pending" : "unavailable", ["verified_address"] = null, ["verified_name"] = null },
        });
        if (customer is not null)
        {
            Events.Emit(tx, "customer.tax_id.created", stored);
        }

        return stored;
    }

    private static JsonObject Remove(Transaction tx, Stored stored)
    {
        if (stored.Value["customer"] is not null)
        {
            Events.Emit(tx, "customer.tax_id.deleted", stored);
        }

        tx.Remove(stored);
        return new JsonObject { ["id"] = stored.Id, ["object"] = "tax_id", ["deleted"] = true };
    }

    private static Stored OfCustomer(Call call)
    {
        call.Named("customer", param: "customer");
        var stored = call.Named("tax_id", call.SubId);
        return stored.Value.Text("customer") == call.Id ? stored : throw StripeException.NotFound("tax_id", call.SubId);
    }

    private static bool IsWellFormed(string type, string value) => type switch
    {
        "eu_vat" => EuropeanVat().IsMatch(value),
        "gb_vat" => BritishVat().IsMatch(value),
        "us_ein" => UnitedStatesEin().IsMatch(value),
        _ => value.Length is >= 2 and <= 50,
    };

    [GeneratedRegex("^[A-Z]{2}[0-9A-Z+*]{2,12}$", RegexOptions.None, 1000)]
    private static partial Regex EuropeanVat();

    [GeneratedRegex("^GB([0-9]{9}|[0-9]{12}|GD[0-9]{3}|HA[0-9]{3})$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex BritishVat();

    [GeneratedRegex("^[0-9]{2}-[0-9]{7}$", RegexOptions.None, 1000)]
    private static partial Regex UnitedStatesEin();
}
