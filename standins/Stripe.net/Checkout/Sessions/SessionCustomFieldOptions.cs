namespace Stripe.Checkout;

public class SessionCustomFieldDropdownOptionOptions : INestedOptions
{
    public string Label { get; set; }
    public string Value { get; set; }
}

public class SessionCustomFieldDropdownOptions : INestedOptions
{
    public string DefaultValue { get; set; }
    public List<SessionCustomFieldDropdownOptionOptions> Options { get; set; }
}

public class SessionCustomFieldLabelOptions : INestedOptions
{
    public string Custom { get; set; }
    public string Type { get; set; }
}

public class SessionCustomFieldNumericOptions : INestedOptions
{
    public string DefaultValue { get; set; }
    public long? MaximumLength { get; set; }
    public long? MinimumLength { get; set; }
}

public class SessionCustomFieldOptions : INestedOptions
{
    public SessionCustomFieldDropdownOptions Dropdown { get; set; }
    public string Key { get; set; }
    public SessionCustomFieldLabelOptions Label { get; set; }
    public SessionCustomFieldNumericOptions Numeric { get; set; }
    public bool? Optional { get; set; }
    public SessionCustomFieldTextOptions Text { get; set; }
    public string Type { get; set; }
}

public class SessionCustomFieldTextOptions : INestedOptions
{
    public string DefaultValue { get; set; }
    public long? MaximumLength { get; set; }
    public long? MinimumLength { get; set; }
}
